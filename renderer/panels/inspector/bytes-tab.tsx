import { Copy } from 'lucide-react';
import { useActions } from '../../actions/context.ts';
import { useInspection, useSession } from '../../model/context.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { ErrorMessage } from '../../ui/message.tsx';
import { HexDump } from './hex-dump.tsx';
import { ObjectAtByte } from './page-objects.tsx';
import { WatchedWords } from './watched-words.tsx';
import { useWatched } from './use-watched.ts';

/** The bytes of the page; read only while this is shown. */
export function BytesTab() {
  useWatched('bytes');
  const actions = useActions();
  const contents = useInspection((state) => state.contents);
  const error = useInspection((state) => state.bytesError);
  const source = useSession((session) => session.state?.source ?? null);
  if (source === null) return <p className="empty">No source is open.</p>;
  if (!source.capabilities.bytes) {
    return (
      <p className="empty">
        {source.description.kind === 'simulated'
          ? 'The simulated machine has pages, entries and flags, but its pages have no contents.'
          : source.description.kind === 'recording'
            ? 'A recording shows which pages were written, not their contents.'
            : 'The memory of this process cannot be read: /proc/PID/mem was refused.'}
      </p>
    );
  }
  if (error) return <ErrorMessage error={error} />;
  if (!contents) return <p className="faint">Reading …</p>;
  if (contents.bytes.length === 0) {
    return (
      <p className="empty">
        This page cannot be read: nothing is mapped there, or its mapping may not be read. Reading never makes
        a page appear or count as written.
      </p>
    );
  }
  return (
    <>
      <div className="bytes__head">
        <span className="dim" data-testid="bytes-changed">
          {contents.reads < 2
            ? `${formatCount(contents.bytes.length)} bytes`
            : `${plural(contents.changes, 'byte')} changed since the previous frame`}
        </span>
        <IconButton
          label="Copy the page’s bytes"
          icon={Copy}
          onPress={() => void actions.run('inspector.copy-bytes')}
        />
      </div>
      <ObjectAtByte page={contents.page} />
      <WatchedWords page={contents.page} />
      <HexDump contents={contents} />
    </>
  );
}
