import { ArrowDown, ArrowUp, Ban } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { ListBox, ListBoxItem, ListLayout, Virtualizer } from 'react-aria-components';
import { useModel, useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { formatBytes, formatCount } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import {
  arrangeProcesses,
  BUSIEST_FIRST,
  keepOrder,
  type ProcessColumn,
  type ProcessSort,
  type SeenProcess,
} from './process-order.ts';
import { useProcesses } from './use-processes.ts';
import './processes.css';

const LAYOUT = { rowHeight: 22 };
const COLUMNS: readonly { readonly id: ProcessColumn; readonly title: string; readonly numeric?: true }[] = [
  { id: 'name', title: 'Name' },
  { id: 'pid', title: 'Pid', numeric: true },
  { id: 'user', title: 'User' },
  { id: 'cpu', title: 'CPU', numeric: true },
  { id: 'memory', title: 'Resident', numeric: true },
];

interface ProcessPickerProps {
  /** The selected process; it need not be in the list. */
  readonly pid: number | null;
  readonly onSelect: (pid: number) => void;
  /** The process that was selected here is no longer in the list: hidden by the search, or ended. */
  readonly onHidden: () => void;
  /** Enter or a double click on the selected one. */
  readonly onConfirm: () => void;
}

/** The processes of this machine: searched, sorted, listed again while they are visible; only rows in view are drawn. */
export function ProcessPicker({ pid, onSelect, onHidden, onConfirm }: ProcessPickerProps) {
  const model = useModel();
  const isHere = useSession(({ host }) => host.where === undefined);
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState(BUSIEST_FIRST);
  const { list, current, failure } = useProcesses(search);
  /** The process that was selected in the list; one that was typed need not be in it. */
  const [picked, setPicked] = useState<number | null>(null);
  /** The order while rows are pointed at or have the focus: they must not move away. */
  const [keptOrder, setKeptOrder] = useState<readonly number[] | null>(null);
  // The list's items are identified by `id`; without it they would be by place, and a change would throw.
  const rows = useMemo(() => {
    const processes = list?.processes ?? [];
    const arranged = keptOrder ? keepOrder(processes, keptOrder) : arrangeProcesses(processes, sort);
    return arranged.map((process) => ({ ...process, id: process.pid }));
  }, [list, sort, keptOrder]);
  const hold = (): void => {
    if (keptOrder === null && rows.length > 0) setKeptOrder(rows.map((row) => row.pid));
  };
  const release = (): void => setKeptOrder(null);
  const sortBy = (next: ProcessSort): void => {
    setSort(next);
    setKeptOrder(arrangeProcesses(list?.processes ?? [], next).map((process) => process.pid));
  };
  const box = useRef<HTMLDivElement>(null);
  const selected = rows.find((row) => row.pid === pid);
  const hidden = current && pid !== null && pid === picked && selected === undefined;
  useEffect(() => {
    if (hidden) onHidden();
  }, [hidden, onHidden]);

  const select = (next: number): void => {
    setPicked(next);
    onSelect(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    // Enter would submit the form for any selected row.
    event.preventDefault();
    // Rows that are about to be hidden must not get the focus: the list would select another in their place.
    if (!current) return;
    if (event.key === 'Enter' && selected) onConfirm();
    else {
      const [first] = rows;
      if (event.key === 'Enter' && first) select(first.pid);
      box.current?.focus();
    }
  };
  return (
    <div className="processes">
      <div className="processes__search" onKeyDown={onKeyDown}>
        <SearchField
          label="Search processes"
          value={search}
          onChange={setSearch}
          placeholder="Name, pid, user or command line"
        />
        <span className="faint processes__count" role="status" data-testid="process-count">
          {list && countText(list.processes.length, list.total)}
        </span>
      </div>
      <div
        className="processes__table"
        onPointerMove={hold}
        onPointerLeave={release}
        onFocus={hold}
        onBlur={release}
      >
        <div className="processes__row processes__row--head" role="group" aria-label="Sort processes">
          {COLUMNS.map((column) => (
            <SortButton key={column.id} {...column} sort={sort} onSort={sortBy} />
          ))}
          <span aria-hidden>Command line</span>
        </div>
        <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
          <ListBox
            ref={box}
            className="processes__list"
            aria-label="Processes"
            items={rows}
            selectionMode="single"
            selectionBehavior="replace"
            escapeKeyBehavior="none"
            selectedKeys={pid === null ? [] : [pid]}
            onSelectionChange={(keys) => {
              const [key] = keys === 'all' ? [] : keys;
              if (typeof key === 'number') select(key);
            }}
            onAction={(key) => {
              if (key === pid && current) onConfirm();
            }}
            renderEmptyState={() => (
              <p className="empty">
                {list ? `None of ${formatCount(list.total)} processes matches.` : 'Loading …'}
              </p>
            )}
          >
            {(process) => <ProcessRow process={process} />}
          </ListBox>
        </Virtualizer>
      </div>
      {failure && <Message message={failure.message} remedy={failure.remedy} />}
      {selected?.obstacle && (
        <Message kind="warn" message={selected.obstacle.message} remedy={selected.obstacle.remedy}>
          {selected.obstacle.kind === 'not-permitted' && isHere && (
            <Button
              onPress={() => void model.attempt(() => model.source.attachAsAdministrator(selected.pid))}
            >
              Attach as administrator
            </Button>
          )}
        </Message>
      )}
      {selected?.limitation && (
        <Message
          kind="warn"
          message={selected.limitation.message}
          remedy={`Automatic: ${selected.backend}.`}
        />
      )}
    </div>
  );
}

function ProcessRow({ process }: { readonly process: SeenProcess }) {
  const { pid, name, user, commandLine, obstacle, limitation, backend, cpuPercent } = process;
  // With the program's folder there would be no room for what differs.
  const command = commandLine.replace(/^\/\S*\//, '');
  const memory = formatBytes(process.residentBytes);
  const cpu = `${cpuPercent.toFixed(cpuPercent < 10 ? 1 : 0)} %`;
  const may = obstacle
    ? `cannot be attached to: ${obstacle.message}`
    : `can be attached to${limitation ? ` by ${backend}: ${limitation.message}` : ''}`;
  return (
    <ListBoxItem
      id={pid}
      textValue={name}
      // The accessible name begins with the visible text, which speech control needs.
      aria-label={`${[name, pid, user, cpu, memory, command].filter(Boolean).join(' ')}, ${may}`}
      className={obstacle ? 'processes__row processes__row--barred' : 'processes__row'}
    >
      <span className="processes__name" title={obstacle?.message ?? name}>
        <span className="ellipsis">{name}</span>
        {obstacle && <Ban className="processes__ban" aria-hidden />}
      </span>{' '}
      <span className="num">{pid}</span> <span className="ellipsis">{user}</span>{' '}
      <span className={cpuPercent === 0 ? 'num faint' : 'num'}>{cpu}</span>{' '}
      <span className="num">{memory}</span>{' '}
      <span className="ellipsis mono dim" title={commandLine}>
        {command}
      </span>
    </ListBoxItem>
  );
}

interface SortButtonProps {
  readonly id: ProcessColumn;
  readonly title: string;
  readonly numeric?: true;
  readonly sort: ProcessSort;
  readonly onSort: (sort: ProcessSort) => void;
}

function SortButton({ id, title, numeric, sort, onSort }: SortButtonProps) {
  const sorted = sort.column === id;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;
  const direction = sorted ? (sort.descending ? ', descending' : ', ascending') : '';
  return (
    <button
      type="button"
      className={numeric ? 'processes__sort processes__sort--numeric' : 'processes__sort'}
      aria-label={`${title}${direction}`}
      aria-pressed={sorted}
      onClick={() => onSort({ column: id, descending: sorted ? !sort.descending : numeric === true })}
    >
      {title}
      {sorted && <Arrow className="processes__arrow" aria-hidden />}
    </button>
  );
}

function countText(shown: number, total: number): string {
  return shown === total ? formatCount(total) : `${formatCount(shown)} of ${formatCount(total)}`;
}
