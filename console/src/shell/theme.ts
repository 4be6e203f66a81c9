// Light, dark, or as the system says. Kept in the browser: it is about a screen, not about an account.

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'midplane-theme';
const DARK = 'pf-v6-theme-dark';
const system = matchMedia('(prefers-color-scheme: dark)');

export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

function isDark(): boolean {
  return theme() === 'dark' || (theme() === 'system' && system.matches);
}

export function applyTheme(): void {
  document.documentElement.classList.toggle(DARK, isDark());
}

export function setTheme(to: Theme): void {
  if (to === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, to);
  applyTheme();
}

system.addEventListener('change', applyTheme);
