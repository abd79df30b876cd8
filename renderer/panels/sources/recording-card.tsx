import { Film } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { RecentRecording } from '#shared/contract/shell.ts';
import { useModel, useSession } from '../../model/context.ts';
import { errorData } from '../../engine/engine-link.ts';
import { fileName, folderName } from '../../ui/file-name.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import './recording-card.css';

/** More are found through the dialog. */
const LISTED = 6;
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

/** Opening a recorded session: through the dialog, by dropping it on the window, or one of the recent ones. */
export function RecordingCard() {
  const model = useModel();
  const opening = useSession((state) => state.opening);
  const connected = useSession((state) => state.host.status === 'running');
  const [recent, setRecent] = useState<readonly RecentRecording[]>([]);
  const [error, setError] = useState<InspectorErrorData | null>(null);

  useEffect(() => {
    let gone = false;
    // If the list cannot be read it stays empty: every recording can still be opened.
    window.shell?.recentRecordings().then(
      (list) => {
        if (!gone) setRecent(list);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, []);

  const open = async (path: string | null): Promise<void> => {
    if (path === null || opening) return;
    setError(null);
    try {
      await model.source.open({ kind: 'recording', path });
    } catch (cause) {
      setError(errorData(cause));
    }
  };
  return (
    <form
      className="card card--recording"
      aria-labelledby="recording-card"
      onSubmit={(event) => {
        event.preventDefault();
        void window.shell?.selectRecording().then(open);
      }}
    >
      <div className="card__head">
        <Film className="icon card__icon" aria-hidden />
        <h2 id="recording-card">Recorded session</h2>
      </div>
      <p className="dim card__text">
        A file that was recorded here, on another machine, or without a display. Damaged files are shown as
        far as they are readable. Drop a file anywhere on the window to open it.
      </p>
      {recent.length > 0 && (
        <>
          <div className="recent__head">
            <span className="field__label">Recent</span>
            <Button
              kind="quiet"
              onPress={() => {
                setRecent([]);
                void window.shell?.forgetRecordings();
              }}
            >
              Clear recent recordings
            </Button>
          </div>
          <ul className="recent" aria-label="Recent recordings">
            {recent.slice(0, LISTED).map(({ path, openedAt, bytes }) => (
              <li key={path}>
                <AriaButton
                  className="row-button recent__item"
                  isDisabled={opening || !connected}
                  onPress={() => void open(path)}
                >
                  <span className="ellipsis">{fileName(path)}</span>
                  <span className="num dim">{formatBytes(bytes)}</span>
                  <span className="recent__folder faint ellipsis">{folderName(path)}</span>
                  <span className="recent__folder faint num">{day.format(openedAt)}</span>
                </AriaButton>
              </li>
            ))}
          </ul>
        </>
      )}
      {error && <Message message={error.message} remedy={error.remedy} onDismiss={() => setError(null)} />}
      <div className="card__foot">
        <AriaButton
          type="submit"
          className="button button--primary"
          isDisabled={opening || !connected || !model.shell}
        >
          {opening ? 'Opening …' : 'Open a recording'}
          <kbd className="button__key" aria-hidden>
            Ctrl+O
          </kbd>
        </AriaButton>
      </div>
    </form>
  );
}
