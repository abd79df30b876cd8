import { useSyncExternalStore } from 'react';

/** Whether a media query holds, now and whenever that changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}

export type Theme = 'dark' | 'light';

/** The theme in force: the chosen one, or the system's. */
export function useTheme(chosen: 'system' | Theme): Theme {
  const dark = useMedia('(prefers-color-scheme: dark)');
  if (chosen !== 'system') return chosen;
  return dark ? 'dark' : 'light';
}
