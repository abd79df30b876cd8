import { useEffect, useRef } from 'react';
import { useMap } from './heatmap/view/context.ts';
import { TriggersDialog } from './panels/triggers/triggers-dialog.tsx';
import { NamedRangesDialogs } from './panels/named-ranges/named-ranges-dialogs.tsx';
import { MethodsDialog } from './panels/methods/methods-dialog.tsx';
import { ActionDialogs } from './action-dialogs.tsx';
import { LessonGallery } from './panels/lessons/gallery.tsx';
import { LessonPanel } from './panels/lessons/lesson-panel.tsx';
import { StartView } from './panels/sources/start-view.tsx';
import { useActions } from './actions/context.ts';
import { useSession, useView } from './model/context.ts';
import { useMedia, useTheme } from './ui/use-media.ts';
import { Banners } from './banners.tsx';
import { guardFocus } from './focus-guard.ts';
import { listenToKeys } from './keys.ts';
import { Toasts } from './toasts.tsx';
import { Workbench } from './workbench.tsx';

/** The window: the start view until a source is open, then the workbench. */
export function App() {
  const root = useRef<HTMLDivElement>(null);
  const map = useMap();
  const actions = useActions();
  const theme = useTheme(useView((view) => view.theme));
  const colourMap = useView((view) => view.colourMap);
  const colouring = useView((view) => view.colouring);
  const reduced = useMedia('(prefers-reduced-motion: reduce)');
  const picture = useSession((session) => session.picture || (session.state?.source ?? null) !== null);

  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    map.setColours(theme, colourMap, colouring);
  }, [map, theme, colourMap, colouring]);
  useEffect(() => {
    map.camera.setReducedMotion(reduced);
  }, [map, reduced]);
  useEffect(() => listenToKeys(window, actions), [actions]);
  useEffect(() => (root.current ? guardFocus(root.current) : undefined), []);

  return (
    <div ref={root} className="window" tabIndex={-1}>
      <Banners />
      {picture ? (
        <div className="with-lesson">
          <LessonPanel />
          <div className="with-lesson__rest">
            <Workbench />
          </div>
        </div>
      ) : (
        <StartView lessons={<LessonGallery />} />
      )}
      <Toasts />
      <ActionDialogs />
      <MethodsDialog />
      <NamedRangesDialogs />
      <TriggersDialog />
    </div>
  );
}
