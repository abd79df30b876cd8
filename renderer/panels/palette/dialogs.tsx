import { useActions, useDialogs } from '../../actions/context.ts';
import { Guide } from '../guide/guide.tsx';
import { KeyHelp } from './key-help.tsx';
import { Palette } from './palette.tsx';
import { StopDialog } from './stop-dialog.tsx';

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
