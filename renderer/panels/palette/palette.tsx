import { Check, Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Dialog } from 'react-aria-components';
import { Overlay } from '../../ui/overlay.tsx';
import { useActions } from '../../actions/context.ts';
import { KeyCaps } from './key-caps.tsx';
import { findActions, type Found } from './find-actions.ts';
import './palette.css';

const RECENT_KEPT = 5;
/** Ids of the actions that were run from here, the latest first; kept until the window closes. */
let recent: readonly string[] = [];

/** Finds an action by its name and runs it. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  return (
    <Overlay className="palette" onClose={onClose}>
      <Dialog className="palette__dialog" aria-label="Commands">
        <Search className="icon faint palette__icon" aria-hidden />
        <Field onClose={onClose} />
      </Dialog>
    </Overlay>
  );
}

function Field({ onClose }: { readonly onClose: () => void }) {
  const actions = useActions();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const found = findActions(actions.actions, query, recent);
  const active = Math.min(at, found.length - 1);

  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: 'nearest' });
  }, [active, query]);

  const run = ({ action }: Found): void => {
    if (!actions.isAvailable(action)) return;
    recent = [action.id, ...recent.filter((one) => one !== action.id)].slice(0, RECENT_KEPT);
    onClose();
    // Some actions use the focus, so they run once it has returned.
    requestAnimationFrame(() => requestAnimationFrame(() => actions.run(action.id)));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const last = found.length - 1;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: active === last ? 0 : active + 1,
      ArrowUp: active <= 0 ? last : active - 1,
      PageDown: Math.min(last, active + 10),
      PageUp: Math.max(0, active - 10),
    };
    const move = moves[event.key];
    const selected = found[active];
    if (move !== undefined) setAt(move);
    else if (event.key === 'Enter' && selected) run(selected);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        className="palette__input"
        role="combobox"
        aria-label="Find a command"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        {...(active >= 0 ? { 'aria-activedescendant': `${id}-${active}` } : {})}
        placeholder="Type a command"
        autoComplete="off"
        spellCheck={false}
        autoFocus
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul ref={list} id={`${id}-list`} className="palette__list" role="listbox" aria-label="Commands">
        {found.map((one, i) => {
          const { action, pieces } = one;
          const available = actions.isAvailable(action);
          const [key] = action.keys ?? [];
          return (
            <li
              key={action.id}
              id={`${id}-${i}`}
              className={i === active ? 'palette__item palette__item--active' : 'palette__item'}
              role="option"
              aria-selected={i === active}
              aria-disabled={!available}
              onPointerMove={() => setAt(i)}
              onClick={() => run(one)}
            >
              <span className="palette__check">
                {action.checked?.(actions.context) && <Check className="icon" aria-label="on" />}
              </span>
              <span className="palette__title ellipsis">
                {pieces.map((piece, p) => (p % 2 === 1 ? <b key={p}>{piece}</b> : piece))}
                {!available && <span className="faint"> · unavailable</span>}
              </span>
              <span className="faint palette__group">{action.group}</span>
              <span className="palette__key">{key && <KeyCaps keys={key} />}</span>
            </li>
          );
        })}
      </ul>
      {found.length === 0 && (
        <p className="palette__none faint" role="status">
          No matching commands
        </p>
      )}
    </>
  );
}
