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
settings.dress();
if (settings.language())
  for (const [name, value] of [["language", settings.language()], ["languages", [settings.language()]]])
    Object.defineProperty(navigator, name, {get: () => value});
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
