// Live: follow the log and fetch the view again, at most every few seconds; a hidden page waits until it is looked at.
const PAUSE_MS = 3000;

function startLive() {
  let due = false;
  let busy = false;
  let last = Date.now();
  const refresh = async () => {
    if (!due || busy || document.hidden || Date.now() - last < PAUSE_MS) return;
    due = false;
    busy = true;
    try {
      let answer = await fetch("/api/view?meshes=false");
      if (answer.ok) {
        const view = await answer.json();
        if (view.parts.some((part) => !meshes.has(part.name))) {
          answer = await fetch("/api/view");
          if (answer.ok) Object.assign(view, await answer.json());
          for (const part of view.parts) if (!meshes.has(part.name) && !part.preview.triangles) meshes.set(part.name, null);
        }
        const atEnd = ui.range && Math.abs(ui.range[1] - ganttRange()[1]) < 1 && ui.range[0] <= 0;
        doc.view = view;
        if (atEnd) ui.range = null;
        showAll();
      }
    } catch (error) {
      due = true;
      clockLine("connection lost");
    } finally {
      busy = false;
      last = Date.now();
    }
  };
  const source = new EventSource(`/api/stream?after=${doc.view.events}`);
  source.addEventListener("message", () => {
    due = true;
  });
  source.addEventListener("reset", () => {
    meshes.clear();
    ways.clear();
    due = true;
  });
  source.addEventListener("open", () => clockLine("live"));
  source.addEventListener("error", () => clockLine("connection lost"));
  setInterval(refresh, 500);
}

if (doc.live) startLive();
