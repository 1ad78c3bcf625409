"""Codes stored in words of the memory."""

# MACHINE_STATE
FREE, SETTING, PROCESSING, BLOCKED = 0, 1, 2, 3
# LOT_STATE
(
    UNUSED,
    GOING,
    MOVING,
    ARRIVING,
    WAITING,
    ON_MACHINE,
    IN_PIPE,
    DELAYED,
    WANTS_PLACE,
    WANTS_FLEET,
    WANTS_TOKEN,
    TOO_LATE,
) = range(12)
# STEP_FLAGS
ENDS, SCRAPS, REWORKS, GIVES, LIMITS = 1, 2, 4, 8, 16
# STEP_QUICK
SIMPLE_WAY, SIMPLE_WORK = 1, 2
# STEP_ATTEND
NOBODY, THROUGHOUT, DURING_SETUP = 0, 1, 2
# STEP_LIMIT_DEED
COUNTED, SCRAPPED, SENT_BACK = 0, 1, 2
# MACHINE_COUNTS
ANY_PIECES = 2
# STOP_TRIGGER and STOP_STATE
BY_CLOCK, BY_USE, BY_PIECES = 0, 1, 2
ARMED, DUE, WANTS_PERSON, UNDER_WAY = 0, 1, 2, 3
# STUCK
TIME_UP, WANTS_LOTS, RECORDS_FULL = 0, 1, 2
# TERM_FEATURE: a smaller weighted sum goes first.
ARRIVED, PRIORITY, DUE_DATE, RELEASED, WORK_NOW, WORK_LEFT, STEPS_LEFT, SETUP_TIME, SLACK, CRITICAL_RATIO = range(10)
LIMIT_AT, RANK, BY_CHANCE, PIECES, NEXT_QUEUE = range(10, 15)
FEATURES = (
    "arrived", "priority", "due", "released", "work_now", "work_left", "steps_left", "setup", "slack", "critical_ratio",
    "limit", "rank", "random", "pieces", "next_queue",
)  # fmt: skip
# Features whose order among waiting lots doesn't change with time or machine.
LASTING = (
    ARRIVED,
    PRIORITY,
    DUE_DATE,
    RELEASED,
    WORK_NOW,
    WORK_LEFT,
    STEPS_LEFT,
    SLACK,
    LIMIT_AT,
    RANK,
    BY_CHANCE,
    PIECES,
)
