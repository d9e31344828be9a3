// What the page does when it is there.

document.documentElement.classList.add("interactive"); // before anything is drawn, so that nothing moves

document.addEventListener("DOMContentLoaded", () => {
  linkScheme(document.getElementById("scheme"));
  linkEnlarging(document.getElementById("enlarged"));
  showAge(document.getElementById("saved"));
  if (document.getElementById("trials")) showTrials();
});

function showTrials() {
  const report = JSON.parse(document.getElementById("data").textContent);
  const selection = new Selection(report.columns);
  const bodies = showTable(report, selection);
  showFilters(report, selection);
  showParallel(report, selection, bodies);
  selection.whenChanged(stopReloading);
  document.getElementById("trials").tHead.addEventListener("click", stopReloading);
}

// A reader who has asked for something would lose it.
function stopReloading() {
  const notice = document.getElementById("reload");
  if (!notice || notice.classList.contains("off")) return;
  window.stop();
  notice.classList.add("off");
  notice.textContent = "It no longer loads itself anew, because that would undo what you have asked for.";
}

function linkScheme(button) {
  let isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const show = () => button.setAttribute("aria-pressed", String(isDark));
  button.addEventListener("click", () => {
    isDark = !isDark;
    document.documentElement.dataset.scheme = isDark ? "dark" : "light";
    show();
    stopReloading();
  });
  show();
}

// The drawing itself goes into the dialog, and back when that closes: a copy would have its ids twice.
function linkEnlarging(dialog) {
  const pane = dialog.querySelector(".pane");
  let home = null;
  for (const button of document.querySelectorAll(".enlarge")) {
    button.addEventListener("click", () => {
      home = button.closest("figure");
      pane.append(home.querySelector(":scope > svg"));
      dialog.showModal();
    });
  }
  dialog.addEventListener("close", () => {
    home.append(...pane.childNodes);
    home.querySelector(".enlarge").focus();
  });
}

// A run that was killed cannot say so in the page: its age does.
function showAge(saved) {
  if (!saved) return;
  const minutes = Math.round((Date.now() - Date.parse(saved.dateTime)) / 60_000);
  const hours = Math.round(minutes / 60);
  if (minutes < 1) return;
  const age = minutes < 120 ? `${minutes} min` : hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
  document.getElementById("age").textContent = `, ${age} before this page was opened`;
}
