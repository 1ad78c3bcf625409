"""People's tasks as sentences."""

from nightmill.vocabulary.person_tasks import PersonTask, TaskKind

_TEXTS: dict[TaskKind, str] = {
    "store_program": "Load program {file} for {operation} on {machine}, and check that it is this version: {program:.12}.",
    "confirm_start": "May {machine} start {operation} on {part} (pallet {pallet})? Check that the door is closed and the part is clamped.",
    "start_cycle": "Start {operation} on {machine} with {part} (pallet {pallet}, program {program:.12}); confirm when it is running.",
    "end_cycle": "Confirm when {operation} on {machine} has ended and {part} is cut.",
    "mount": "Mount {part} on pallet {pallet} for {operation}{blank}.",
    "dismount": "Take {part} off pallet {pallet} and put it to: {destination}.",
    "move": "Move pallet {pallet} from {origin} to {destination}.",
    "measure": "Measure {part} (pallet {pallet}) and enter the values.",
    "write_offset": "Set the wear offset of T{tool} on {machine} to {offset_mm} mm (radius).",
    "replace_tool": "Change T{tool} on {machine} to its next sister, and enter how many unused sisters are left.",
    "load_tool": "Put {count} new T{tool} into the magazine of {machine}, and enter what is left.",
    "maintain": "Do the planned maintenance of {machine}.",
    "repair": "Repair {machine}.",
    "treat": "Put {part} into {machine} for {operation} and start it; confirm when it is running.",
    "end_treatment": "Confirm when {operation} in {machine} has ended.",
    "unload": "Take {part} out of {machine} and put it to: {destination}.",
    "purchase": "Order {quantity} of {item} from {supplier}; confirm when the order is placed.",
    "receive": "Book in {quantity} of {item} (purchase order {purchase_order}) when they have arrived.",
    "call": "Somebody is needed outside the shifts; confirm who is coming.",
}


def task_text(task: PersonTask) -> str:
    """Return what a person is asked to do, as one or two sentences."""
    blank = task.details.get("blank_item", "")
    details = {**task.details, "blank": f" (blank: {blank})" if blank else ""}
    details["supplier"] = details.get("supplier") or "its supplier"
    return _TEXTS[task.kind].format(machine=task.machine, part=task.part, **details)
