import { formatPage } from '#shared/memory/page.ts';
import { WALK_LEVELS, type PageWalk, type WalkStep } from '#shared/source/page-walk.ts';
import { ComparedFlags } from './compared-flags.tsx';

interface ComparedWalkProps {
  readonly before: PageWalk;
  readonly after: PageWalk;
}

/** The page-table entries of the selected page, and its state, at both steps. */
export function ComparedWalk({ before, after }: ComparedWalkProps) {
  const levels = WALK_LEVELS.flatMap((level) => {
    const at = ({ steps }: PageWalk): WalkStep | null => steps.find((step) => step.level === level) ?? null;
    const [old, now] = [at(before), at(after)];
    const index = (now ?? old)?.index;
    return index === undefined ? [] : [{ level, index, old, now }];
  });
  return (
    <table className="twosteps__table" aria-label="Walk of the selected page">
      <caption>
        Page <span className="mono">{formatPage(after.page)}</span>
      </caption>
      <Head first="Entry" />
      <tbody>
        {levels.map(({ level, index, old, now }) => (
          <Row
            key={level}
            title={`${level}[${index}]`}
            differs={entryOf(old) !== entryOf(now)}
            before={<Entry step={old} other={now} current={false} />}
            after={<Entry step={now} other={old} current />}
          />
        ))}
        <Row
          title="State"
          differs={before.reason !== after.reason}
          before={before.reason}
          after={after.reason}
        />
      </tbody>
    </table>
  );
}

const entryOf = (step: WalkStep | null): string =>
  step === null ? '' : `${step.target} ${step.bits.join(' ')}`;

const TARGETS: Readonly<Partial<Record<WalkStep['target'], string>>> = {
  table: 'table',
  'huge-page': 'huge page',
  swap: 'swap',
  marker: 'marker',
};

interface EntryProps {
  readonly step: WalkStep | null;
  readonly other: WalkStep | null;
  readonly current: boolean;
}

function Entry({ step, other, current }: EntryProps) {
  if (step === null) return <span className="faint">not reached</span>;
  const target = TARGETS[step.target];
  return (
    <>
      {target !== undefined && <span className="dim">{target} </span>}
      <ComparedFlags flags={step.bits} other={other?.bits ?? []} current={current} none="none" />
    </>
  );
}

export function Head({ first }: { readonly first: string }) {
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        <th scope="col">Kept</th>
        <th scope="col">Current</th>
      </tr>
    </thead>
  );
}

interface RowProps {
  readonly title: string;
  readonly differs: boolean;
  readonly before: React.ReactNode;
  readonly after: React.ReactNode;
}

function Row({ title, differs, before, after }: RowProps) {
  return (
    <tr className={differs ? 'twosteps__row--differs' : ''}>
      <th scope="row" className="mono">
        {title}
        {differs && <span className="visually-hidden"> differs</span>}
      </th>
      <td>{before}</td>
      <td>{after}</td>
    </tr>
  );
}
