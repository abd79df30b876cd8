import { Film, Plug } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useModel, useSession } from './model/context.ts';
import { Button } from './ui/button.tsx';
import { fileName } from './ui/file-name.ts';

/** Most recordings open sooner: a notice that disappears at once cannot be read. */
const SHOWN_AFTER_MS = 500;

/**
 * A source that takes long to open beside a picture; for a recording with a button to cancel: one without an index is gone through from
 * its beginning.
 */
export function OpeningStatus() {
  const opened = useSession(({ opening, picture, lastOpen }) =>
    opening && (picture || lastOpen?.kind === 'recording') ? lastOpen : null,
  );
  const path = opened?.kind === 'recording' ? opened.path : null;
  return opened && <SlowOpening key={path} path={path} />;
}

function SlowOpening({ path }: { readonly path: string | null }) {
  const { attempt, source } = useModel();
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <div
      className="message message--news"
      role="group"
      aria-label={path === null ? 'Opening a source' : 'Opening a recording'}
    >
      {path === null ? <Plug className="icon" aria-hidden /> : <Film className="icon" aria-hidden />}
      <div>
        <div>Opening {path === null ? 'the source' : fileName(path)} …</div>
        {path !== null && (
          <div className="banners__buttons">
            <Button onPress={() => void attempt(() => source.cancelOpening())}>Cancel opening</Button>
          </div>
        )}
      </div>
    </div>
  );
}
