import { useNamedRanges } from '../../model/context.ts';
import { NameDialog } from './name-dialog.tsx';
import { RangeList } from './range-list.tsx';
import './named-ranges.css';

/** The open dialog of the named ranges: the list, or the field for the name of a new one. */
export function NamedRangesDialogs() {
  const dialog = useNamedRanges((state) => state.dialog);
  if (dialog === null) return null;
  return dialog.kind === 'list' ? <RangeList /> : <NameDialog range={dialog.range} />;
}
