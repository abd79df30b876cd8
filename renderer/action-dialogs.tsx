import { useActions, useDialogs } from './actions/context.ts';
import { Guide } from './panels/guide/guide.tsx';
import { KeyHelp } from './panels/palette/key-help.tsx';
import { Palette } from './panels/palette/palette.tsx';
import { StopDialog } from './panels/palette/stop-dialog.tsx';

/** What an action has opened over the window. */
export function ActionDialogs() {
  const { context } = useActions();
  const { open } = useDialogs();
  const close = (): void => context.dialogs.setState({ open: null });
  if (open === 'palette') return <Palette onClose={close} />;
  if (open === 'stop-program') return <StopDialog onClose={close} />;
  if (open === 'guide') return <Guide onClose={close} />;
  return open === 'keys' ? <KeyHelp onClose={close} /> : null;
}
