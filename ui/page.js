// What was chosen in the settings, before gradio looks: the language is the browser's, the theme is in the address.
const settings = {
  cookie: (name) => document.cookie.split("; ").find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? "",
  language: () => settings.cookie("geungeo_language"),
  theme: () => settings.cookie("geungeo_theme") || "system",
  keep: (name, value) => { // a cookie, for the server answers in that language too
    document.cookie = `${name}=${value}; path=/; samesite=strict; max-age=${value ? 34560000 : 0}`;
  },
  speak: (language) => {
    if (language === settings.language()) return;
    settings.keep("geungeo_language", language);
    location.reload();
  },
  wear: (theme) => {
    settings.keep("geungeo_theme", theme === "system" ? "" : theme);
    settings.dress();
    const dark = theme === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
    document.body.classList.toggle("dark", dark);
  },
  dress: () => {
    const theme = settings.theme(), address = new URL(location.href);
    for (const [name, other] of [["--bg", "--bg-dark"], ["--col", "--col-dark"]]) { // of the page until gradio has drawn it
      document.documentElement.style.setProperty(name, theme === "dark" ? `var(${other})` : "");
      document.documentElement.style.setProperty(other, theme === "light" ? `var(${name})` : "");
    }
    document.documentElement.style.colorScheme = theme === "system" ? "light dark" : theme;
    if (theme === "system") address.searchParams.delete("__theme");
    else address.searchParams.set("__theme", theme);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  },
};
// what tells one browser from another, for the conversations kept of it where nobody logs in
if (!settings.cookie("geungeo_visitor"))
  settings.keep("geungeo_visitor", [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""));
settings.dress();
if (settings.language())
  for (const [name, value] of [["language", settings.language()], ["languages", [settings.language()]]])
    Object.defineProperty(navigator, name, {get: () => value});
// While Hangul is being composed, Enter ends the syllable and must not send what is half written.
for (const kind of ["keydown", "keypress"])
  document.addEventListener(kind, (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopPropagation();
  }, true);
// What is typed while one conversation gives way to another would be lost with the old one: the box waits for the new one.
const typing = {
  answering: false,
  asks: () => { typing.answering = true; },
  answered: () => { typing.answering = false; },
  ended: async () => { // the answer in the making, or ten seconds
    for (let n = 0; n < 200 && typing.answering; n++) await new Promise((done) => setTimeout(done, 50));
  },
  waits: () => { document.querySelector("#box textarea").disabled = true; },
  goesOn: () => {
    const box = document.querySelector("#box textarea");
    box.disabled = false;
    if (matchMedia("(pointer: fine)").matches) box.focus();
  },
};
document.addEventListener("click", (event) => {
  if (event.target.closest && event.target.closest("#new, #past input")) typing.waits();
}, true);
// A link within the page never reloads it (there is a <base>), leaves no history and works twice in a row.
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest('a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  const tab = document.getElementById(link.getAttribute("href").slice(1));
  if (tab && tab.role === "tab") return tab.click();
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
