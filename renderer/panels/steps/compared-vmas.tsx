import type { ComparedVma, StepComparison } from '#shared/contract/step-comparison.ts';
import { formatPage } from '#shared/memory/page.ts';
import { plural } from '../../ui/format.ts';
import { ComparedFlags } from './compared-flags.tsx';
import { Head } from './compared-walk.tsx';

type Group = StepComparison['vmas'][number];

/** VMAs that differ: those that overlap are in one row. */
export function ComparedVmas({ result }: { readonly result: StepComparison }) {
  const { vmas, moreVmas, sameVmas } = result;
  return (
    <table className="twosteps__table" aria-label="VMAs that differ">
      <caption>
        VMAs that differ{' '}
        <span className="faint">
          {plural(sameVmas, 'other')} the same{moreVmas > 0 ? `, ${moreVmas} more differ` : ''}
        </span>
      </caption>
      <Head first="Change" />
      <tbody>
        {vmas.map((group) => (
          <tr key={(group.before[0] ?? group.after[0])?.start} className="twosteps__row--differs">
            <th scope="row">{changeOf(group)}</th>
            <td>
              <List vmas={group.before} others={group.after} current={false} />
            </td>
            <td>
              <List vmas={group.after} others={group.before} current />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** How a group changed from the kept step to the current one. */
export function changeOf({ before, after }: Group): string {
  if (before.length === 0) return 'added';
  if (after.length === 0) return 'removed';
  const [old, now] = [before[0], after[0]];
  if (before.length === 1 && after.length === 1 && old && now) {
    if (old.start === now.start && old.end === now.end) return 'flags';
    return now.end - now.start > old.end - old.start ? 'grown' : 'shrunk';
  }
  return after.length > before.length ? 'split' : after.length < before.length ? 'merged' : 'changed';
}

interface ListProps {
  readonly vmas: readonly ComparedVma[];
  readonly others: readonly ComparedVma[];
  readonly current: boolean;
}

function List({ vmas, others, current }: ListProps) {
  if (vmas.length === 0) return <span className="twosteps__none">none</span>;
  return (
    <ul className="twosteps__vmas">
      {vmas.map((vma) => {
        const { start, end, permissions, flags } = vma;
        // A piece of a VMA is compared with the whole that it comes from.
        const over = others.find((other) => other.start < end && other.end > start);
        const same = others.some((other) => other.start === start && other.end === end);
        return (
          <li key={start}>
            <span className={same ? 'mono selectable' : 'mono selectable twosteps__moved'}>
              {formatPage(start)}–{formatPage(end)}
            </span>{' '}
            <span className={over && over.permissions !== permissions ? 'mono twosteps__moved' : 'mono'}>
              {permissions}
            </span>{' '}
            <ComparedFlags flags={flags} other={over?.flags ?? flags} current={current} none="no flags" />
          </li>
        );
      })}
    </ul>
  );
}
