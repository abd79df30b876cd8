import { Maximize2 } from 'lucide-react';
import { decodePagemap, PAGEMAP_BITS } from '#shared/memory/pagemap.ts';
import { useInspection, useModel, useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorMessage } from '../../ui/message.tsx';
import { levelBits, targetText } from './address-bits.ts';
import { Flags } from './flags.tsx';
import { useWatched } from './use-watched.ts';
import { WALK_VIEW } from './walk-view-id.ts';

/** The walk through the page tables, a line per level, and the pagemap entry. */
export function TablesTab() {
  useWatched('walk');
  const { view } = useModel();
  const walk = useInspection((state) => state.walk);
  const error = useInspection((state) => state.walkError);
  const source = useSession((session) => session.state?.source ?? null);
  if (source?.capabilities.walk === 'none') {
    return <p className="empty">This source has no page tables to walk.</p>;
  }
  if (error) return <ErrorMessage error={error} />;
  if (!walk) return <p className="faint">…</p>;
  const levels = levelBits(walk);
  const known = source?.capabilities.walk === 'entries';
  const recorded = source?.description.kind === 'recording';
  return (
    <>
      <table className="walk" aria-label="Page-table walk">
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">Bits</th>
            <th scope="col" className="num">
              Entry
            </th>
            <th scope="col">Flags</th>
          </tr>
        </thead>
        <tbody>
          {levels.map((level, i) => (
            <tr key={level.level} className={level.step ? '' : 'walk__unreached'}>
              <th scope="row">{level.level}</th>
              <td className="mono faint">
                {level.high}:{level.low}
              </td>
              <td className="num">{level.index}</td>
              <td>
                {level.step && level.step.bits.length > 0 && <Flags bits={level.step.bits} />}
                <span className="dim walk__target">
                  {targetText(level, levels[i + 1]?.level ?? null, true)}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!known && (
        <p className="faint">
          {recorded
            ? 'Only the address is split: the recording has no page tables. The flags of the last line are those of the recorded frame.'
            : 'Only the address is split: the tables of another process cannot be read. The flags of the last line are pagemap’s.'}
        </p>
      )}
      <Button
        kind="quiet"
        icon={Maximize2}
        shortcut="P"
        onPress={() => view.setState({ middle: WALK_VIEW, walkWhole: true })}
      >
        Whole window
      </Button>
      <div className="inspector__part" role="group" aria-label="Pagemap entry">
        <h3>Pagemap</h3>
        {walk.pagemap === null ? (
          <p className="faint">
            {recorded ? 'Pagemap entries are not in this recording.' : 'The page map cannot be read here.'}
          </p>
        ) : (
          <Pagemap entry={walk.pagemap} simulated={known} />
        )}
      </div>
    </>
  );
}

/** The 64 bits of a pagemap entry, each with its meaning. */
function Pagemap({ entry, simulated }: { readonly entry: bigint; readonly simulated: boolean }) {
  const { bits, pfn, swap } = decodePagemap(entry);
  return (
    <>
      <p className="mono selectable pagemap__raw" data-testid="pagemap-entry">
        0x{entry.toString(16).padStart(16, '0')}
      </p>
      <ul className="pagemap" aria-label="Bits of the pagemap entry">
        {PAGEMAP_BITS.map(({ bit, name, meaning }) => {
          const on = bits.includes(bit);
          return (
            <li key={bit} className={on ? 'pagemap__bit pagemap__bit--on' : 'pagemap__bit'}>
              <span className="mono faint num">{bit}</span>
              <span className="mono pagemap__value">{on ? 1 : 0}</span>
              <span>
                {name} <span className="faint">{meaning}</span>
              </span>
            </li>
          );
        })}
        <li className="pagemap__bit">
          <span className="mono faint num">0–54</span>
          <span />
          <span>
            {swap ? (
              <>
                swap type {swap.type}, offset <span className="mono">0x{swap.offset.toString(16)}</span>
              </>
            ) : pfn === null ? (
              <span className="faint">no page frame</span>
            ) : pfn === 0n ? (
              <>
                PFN{' '}
                <span className="faint">
                  {simulated ? 'the model has no frame numbers' : 'hidden: needs CAP_SYS_ADMIN'}
                </span>
              </>
            ) : (
              <>
                PFN <span className="mono">0x{pfn.toString(16)}</span>
              </>
            )}
          </span>
        </li>
      </ul>
    </>
  );
}
