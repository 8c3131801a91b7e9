// Dark or light: what the system prefers until the user says otherwise, which is remembered.

import { make } from "./dom";
import { icon } from "./icons";
import { remember, remembered } from "./memory";

const dark = matchMedia("(prefers-color-scheme: dark)");
const changes = new EventTarget();

export function isDark(): boolean {
  return document.documentElement.dataset.theme === "dark";
}

export function onThemeChange(listener: () => void): void {
  changes.addEventListener("change", listener);
}

function apply(): void {
  const chosen = remembered("theme");
  document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
  changes.dispatchEvent(new Event("change"));
}

export function themeButton(): HTMLButtonElement {
  const button = make("button", {
    class: "plain icon",
    "data-testid": "theme",
    click: () => {
      remember("theme", isDark() ? "light" : "dark");
      apply();
    },
  });
  const show = () => {
    const other = isDark() ? "light" : "dark";
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
    button.title = `Use the ${other} colours`;
    button.ariaLabel = button.title;
  };
  onThemeChange(show);
  show();
  return button;
}

dark.addEventListener("change", apply);
apply();
