import { Film } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useModel, useSession } from './model/context.ts';
import { Button } from './ui/button.tsx';
import { fileName } from './ui/file-name.ts';

/** Most recordings are open before: a notice that comes and goes at once cannot be read. */
const SHOWN_AFTER_MS = 500;

/** A recording that takes long to open, with a way to give up: one without an index is gone through from its beginning. */
export function OpeningStatus() {
  const path = useSession(({ opening, lastOpen }) =>
    opening && lastOpen?.kind === 'recording' ? lastOpen.path : null,
  );
  return path === null ? null : <SlowOpening key={path} path={path} />;
}

function SlowOpening({ path }: { readonly path: string }) {
  const { attempt, source } = useModel();
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), SHOWN_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <div className="message message--news" role="group" aria-label="Opening a recording">
      <Film className="icon" aria-hidden />
      <div>
        <div>Opening {fileName(path)} …</div>
        <div className="banners__buttons">
          <Button onPress={() => void attempt(() => source.cancelOpening())}>Cancel opening</Button>
        </div>
      </div>
    </div>
  );
}
