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
    () => false,
  );
}

export type Theme = 'dark' | 'light';

/** The theme in force: the selected one, or the system's. */
export function useTheme(selected: 'system' | Theme): Theme {
  const dark = useMedia('(prefers-color-scheme: dark)');
  if (selected !== 'system') return selected;
  return dark ? 'dark' : 'light';
}
