document.documentElement.lang = "ko";
// While Hangul is being composed, Enter ends the syllable and must not send what is half written.
for (const kind of ["keydown", "keypress"])
  document.addEventListener(kind, (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopPropagation();
  }, true);
// A link within the page never reloads it (there is a <base>), leaves no history and works twice in a row.
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  location.replace(new URL(link.getAttribute("href"), location.href));
});
// "복사" under an answer, and "보고서에서 보기" beside it: the report opens over the sources, where it can be read on.
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a");
  const copied = link && (link.getAttribute("href") || "").match(/^#copy-(\d+)$/);
  if (copied) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const text = document.getElementById(`text-${copied[1]}`).textContent;
    const area = Object.assign(document.createElement("textarea"), {value: text});
    document.body.append(area);  // the clipboard's own interface is not there for a page without https
    area.select();
    document.execCommand("copy");
    area.remove();
    link.classList.add("copied");
    setTimeout(() => link.classList.remove("copied"), 1500);
  } else if (link && link.target === "reader") {
    document.querySelector("#right").classList.add("reading");
    document.querySelector("#reader iframe").focus();
  } else if (event.target.id === "reader-close") {
    document.querySelector("#right").classList.remove("reading");
  }
}, true);
