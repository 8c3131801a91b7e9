// What the page remembers from visit to visit. Storage may be refused or full: then it forgets.

const prefix = "myelin-playground.";

export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

// Without a value it is forgotten.
export function remember(name: string, value?: string): void {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    return;
  }
}
