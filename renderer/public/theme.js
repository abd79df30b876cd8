// Runs before the first paint, when main.tsx is not loaded yet: the theme of the settings (stores/view-store.ts), or the system's.
{
  let selected;
  try {
    selected = JSON.parse(localStorage.getItem('soft-dirty-inspector:view') ?? '{}').theme;
  } catch {
    // Damaged settings count as none.
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = selected === 'dark' || selected === 'light' ? selected : system;
}
