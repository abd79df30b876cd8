import { ArrowDown, ArrowUp, Ban, Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { ListBox, ListBoxItem, ListLayout, Virtualizer } from 'react-aria-components';
import type { ListedProcess } from '#shared/contract/process-list.ts';
import { TextField } from '../../ui/fields.tsx';
import { formatBytes, formatCount } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { arrangeProcesses, NEWEST_FIRST, type ProcessColumn, type ProcessSort } from './process-order.ts';
import { useProcesses } from './use-processes.ts';
import './processes.css';

const LAYOUT = { rowHeight: 22 };
const COLUMNS: readonly { readonly id: ProcessColumn; readonly title: string; readonly numeric?: true }[] = [
  { id: 'name', title: 'Name' },
  { id: 'pid', title: 'Pid', numeric: true },
  { id: 'user', title: 'User' },
  { id: 'memory', title: 'Resident', numeric: true },
];

interface ProcessPickerProps {
  /** The chosen process; it need not be in the list. */
  readonly pid: number | null;
  readonly onChoose: (pid: number) => void;
  /** The process that was chosen here is no longer in the list: hidden by the search, or ended. */
  readonly onHidden: () => void;
  /** Enter or a double click on the chosen one. */
  readonly onConfirm: () => void;
}

/** The processes of this machine: searched, sorted, looked at again while they are seen; only rows in view are drawn. */
export function ProcessPicker({ pid, onChoose, onHidden, onConfirm }: ProcessPickerProps) {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState(NEWEST_FIRST);
  const { list, current, failure } = useProcesses(search);
  /** The process that was chosen in the list; one that was typed need not be in it. */
  const [picked, setPicked] = useState<number | null>(null);
  // `id` is what tells the list's items apart; without it they would be told by place, and a change would throw.
  const rows = useMemo(
    () => arrangeProcesses(list?.processes ?? [], sort).map((process) => ({ ...process, id: process.pid })),
    [list, sort],
  );
  const box = useRef<HTMLDivElement>(null);
  const chosen = rows.find((row) => row.pid === pid);
  const hidden = current && pid !== null && pid === picked && chosen === undefined;
  useEffect(() => {
    if (hidden) onHidden();
  }, [hidden, onHidden]);

  const choose = (next: number): void => {
    setPicked(next);
    onChoose(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    // Enter would send the form whatever row is selected.
    event.preventDefault();
    // Rows that are about to be hidden are no place to go: the list would select another in their place.
    if (!current) return;
    if (event.key === 'Enter' && chosen) onConfirm();
    else {
      const [first] = rows;
      if (event.key === 'Enter' && first) choose(first.pid);
      box.current?.focus();
    }
  };
  return (
    <div className="processes">
      <div className="processes__search" onKeyDown={onKeyDown}>
        <TextField
          label="Search processes"
          hideLabel
          value={search}
          onChange={setSearch}
          placeholder="Name, pid, user or command line"
          icon={<Search className="icon faint" aria-hidden />}
        />
        <span className="faint processes__count" role="status" data-testid="process-count">
          {list && countWords(list.processes.length, list.total)}
        </span>
      </div>
      <div className="processes__table">
        <div className="processes__row processes__row--head" role="group" aria-label="Sort processes">
          {COLUMNS.map((column) => (
            <SortButton key={column.id} {...column} sort={sort} onSort={setSort} />
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
              if (typeof key === 'number') choose(key);
            }}
            onAction={(key) => {
              if (key === pid && current) onConfirm();
            }}
            renderEmptyState={() => (
              <p className="empty">
                {list ? `None of ${formatCount(list.total)} processes matches.` : 'Looking …'}
              </p>
            )}
          >
            {(process) => <ProcessRow process={process} />}
          </ListBox>
        </Virtualizer>
      </div>
      {failure && <Message message={failure.message} remedy={failure.remedy} />}
      {chosen?.obstacle && (
        <Message kind="warn" message={chosen.obstacle.message} remedy={chosen.obstacle.remedy} />
      )}
      {chosen?.limitation && (
        <Message kind="warn" message={chosen.limitation.message} remedy={`Automatic: ${chosen.backend}.`} />
      )}
    </div>
  );
}

function ProcessRow({ process }: { readonly process: ListedProcess }) {
  const { pid, name, user, commandLine, obstacle, limitation, backend } = process;
  // The program's folder would leave no room for what tells one from another.
  const command = commandLine.replace(/^\/\S*\//, '');
  const memory = formatBytes(process.residentBytes);
  const may = obstacle
    ? `cannot be attached to: ${obstacle.message}`
    : `can be attached to${limitation ? ` by ${backend}: ${limitation.message}` : ''}`;
  return (
    <ListBoxItem
      id={pid}
      textValue={name}
      // What is seen comes first and as it is seen: speech control goes by it.
      aria-label={`${[name, pid, user, memory, command].filter(Boolean).join(' ')}, ${may}`}
      className={obstacle ? 'processes__row processes__row--barred' : 'processes__row'}
    >
      <span className="processes__name" title={obstacle?.message ?? name}>
        <span className="ellipsis">{name}</span>
        {obstacle && <Ban className="processes__ban" aria-hidden />}
      </span>{' '}
      <span className="num">{pid}</span> <span className="ellipsis">{user}</span>{' '}
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

function countWords(shown: number, total: number): string {
  return shown === total ? formatCount(total) : `${formatCount(shown)} of ${formatCount(total)}`;
}
