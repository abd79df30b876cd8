import { Play } from 'lucide-react';
import { useState } from 'react';
import { WATCH_DEMOS, type WatchDemo } from '../../../controllers/write-watches.ts';
import { useModel } from '../../../model/context.ts';
import { Button } from '../../../ui/button.tsx';

/** Programs that show what write watches are for; each replaces the open source. */
export function Demonstrations() {
  const { attempt, writeWatches } = useModel();
  const [running, setRunning] = useState<string | null>(null);
  const show = (demo: WatchDemo): void => {
    setRunning(demo.id);
    void attempt(() => writeWatches.demonstrate(demo)).finally(() => setRunning(null));
  };
  return (
    <section className="watches__part" aria-label="Demonstrations">
      <h3>Demonstrations</h3>
      <ul className="watches__demos">
        {WATCH_DEMOS.map((demo) => (
          <li key={demo.id}>
            <Button icon={Play} isDisabled={running !== null} onPress={() => show(demo)}>
              {demo.title}
            </Button>
            <p className="operations__hint">{demo.text}</p>
          </li>
        ))}
      </ul>
      <p className="operations__hint">Each closes the open source and opens its own program.</p>
    </section>
  );
}
