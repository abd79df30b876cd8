import type { SharedPage } from '#shared/source/page-walk.ts';
import { useSteps } from '../../model/context.ts';
import { plural } from '../../ui/format.ts';
import { Flags } from './flags.tsx';

/** The page in parent and child, side by side; what they share is one frame with its reference count. */
export function Sharing({ pages }: { readonly pages: readonly SharedPage[] }) {
  const running = useSteps(({ state }) => state?.process ?? 0);
  const frames = [...new Set(pages.flatMap(({ frame }) => (frame === null ? [] : [frame])))];
  return (
    <section className="sharing" aria-label="The page in all processes">
      <ul className="sharing__processes">
        {pages.map(({ process, parent, bits, frame }) => (
          <li
            key={process}
            className={process === running ? 'sharing__process sharing__process--runs' : 'sharing__process'}
          >
            <h3>
              Process {process}{' '}
              <span className="faint">
                {parent === null ? 'parent' : `child of ${parent}`}
                {process === running ? ', runs' : ''}
              </span>
            </h3>
            {bits.length === 0 ? <p className="faint">no entry</p> : <Flags bits={bits} />}
            <p className="mono">
              {bits.length === 0 ? '–' : frame === null ? 'its own page' : `→ frame ${frame}`}
            </p>
          </li>
        ))}
      </ul>
      {frames.map((frame) => {
        const sharers = pages.filter((one) => one.frame === frame);
        const users = sharers[0]?.users ?? 0;
        return (
          <p key={frame} className="sharing__frame">
            <b className="mono">Frame {frame}</b> reference count {users}
            <span className="dim">
              {' '}
              · {plural(sharers.length, 'process', 'processes')} at this address:{' '}
              {sharers.map(({ process }) => process).join(', ')}. The next write copies it
              {users === 1 ? ' no more: one user is left.' : '.'}
            </span>
          </p>
        );
      })}
    </section>
  );
}
