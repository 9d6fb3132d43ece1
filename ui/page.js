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
