import { PHASE_KEY, type Shell } from '#shared/contract/shell.ts';
import type { StoreApi } from 'zustand/vanilla';
import type { SessionStore } from '../stores/session-store.ts';
import type { ViewSettings } from '../stores/view-store.ts';

/** Registers the system-wide key for phases while it is enabled and a source is open. @returns a function that stops it */
export function keepPhaseKey(
  { session, view }: { readonly session: StoreApi<SessionStore>; readonly view: StoreApi<ViewSettings> },
  shell: Pick<Shell, 'listenForPhases'>,
): () => void {
  let has = false;
  const follow = async (): Promise<void> => {
    const { state } = session.getState();
    const wants = view.getState().phaseKey && state !== null && state.source !== null && state.ended === null;
    if (wants === has) return;
    has = wants;
    const result = await shell.listenForPhases(wants);
    if (result === 'unknown') {
      const news = `Whether ${PHASE_KEY} works in other programs is decided by the desktop (Wayland), which does not report it. The key E works in this window.`;
      session.setState({ news });
    }
    if (result !== 'refused') return;
    view.setState({ phaseKey: false });
    const message = `${PHASE_KEY} could not be registered.`;
    const remedy =
      'Another program uses it, or the desktop does not allow it; the key E works in this window.';
    session.setState({ problem: { kind: 'unsupported', message, remedy } });
  };
  const stops = [session.subscribe(() => void follow()), view.subscribe(() => void follow())];
  void follow();
  return () => stops.forEach((stop) => stop());
}
