import type { StepComparison } from '#shared/contract/step-comparison.ts';
import { useModel } from '../../model/context.ts';
import { selectPage } from '../../stores/selection-store.ts';
import { Address } from '../../ui/address.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { ComparedFlags } from './compared-flags.tsx';
import { Head } from './compared-walk.tsx';

/** Leaf entries that differ, over the whole address space; a click on a run selects its first page. */
export function ComparedEntriesTable({ result }: { readonly result: StepComparison }) {
  const { selection } = useModel();
  const { entries, moreEntries, pages } = result;
  return (
    <table className="twosteps__table" aria-label="Page-table entries that differ">
      <caption>
        Entries that differ{' '}
        <span className="faint">
          {plural(pages, 'page')}
          {moreEntries > 0 ? `; ${plural(moreEntries, 'run')} more` : ''}
        </span>
      </caption>
      <Head first="Pages" />
      <tbody>
        {entries.map(({ start, pages: count, huge, before, after }) => (
          <tr key={start} className="twosteps__row--differs">
            <th scope="row">
              <button type="button" className="twosteps__page" onClick={() => selectPage(selection, start)}>
                <Address page={start} />
                {count > 1 && <span className="num"> × {formatCount(count)}</span>}
              </button>
            </th>
            <td>
              {huge.before && <span className="dim">huge page </span>}
              <ComparedFlags flags={before} other={after} current={false} none="no entry" />
            </td>
            <td>
              {huge.after && <span className="dim">huge page </span>}
              <ComparedFlags flags={after} other={before} current none="no entry" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
