import { type FormEvent, type KeyboardEvent, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { addressOfPage, formatPage } from '#shared/memory/page.ts';
import { useMap } from '../../heatmap/view/context.ts';
import { type JumpTarget, placeNames } from '../../heatmap/geometry/jump.ts';
import { useModel, useNamedRanges } from '../../model/context.ts';
import { selectPage } from '../../stores/selection-store.ts';
import { findPlace } from './find-place.ts';
import { jumpStore } from './jump-store.ts';

type Refusal = Extract<JumpTarget, { ok: false }>;

/** Above the map while it is open: where to go. Enter goes, Escape closes; an unmapped address is reported with its neighbours. */
export function JumpField() {
  return useStore(jumpStore, ({ open }) => open) ? <OpenJumpField /> : null;
}

function OpenJumpField() {
  const model = useModel();
  const map = useMap();
  const named = useNamedRanges((state) => state.shown);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const close = (): void => {
    jumpStore.setState({ open: false });
    document.querySelector<HTMLElement>('[data-testid="address-map"]')?.focus({ preventScroll: true });
  };
  const go = (page: number, byte = 0): void => {
    selectPage(model.selection, page, byte);
    map.camera.goTo(page);
    close();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const place = await findPlace(input.current?.value ?? '', model);
    if (place.ok) go(place.page, Number(place.address - addressOfPage(place.page)));
    else setRefusal(place);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close();
    // The map and the window must not handle keys typed here.
    event.stopPropagation();
  };
  return (
    <form
      className="jump"
      role="search"
      aria-label="Go to an address"
      onSubmit={(event) => void submit(event)}
      onKeyDown={key}
    >
      <label htmlFor={id}>Go to</label>
      <input
        ref={input}
        id={id}
        className="jump__input mono"
        placeholder={
          model.pageObjects.isAble
            ? '0x7f0012340000, [heap], libc.so.6+0x1000, g_world+0x40'
            : '0x7f0012340000, [heap], libc.so.6+0x1000'
        }
        list={`${id}-names`}
        autoComplete="off"
        spellCheck={false}
        // The field was opened on request.
        autoFocus
        aria-invalid={refusal !== null}
        aria-describedby={refusal ? `${id}-refusal` : undefined}
        onChange={() => setRefusal(null)}
      />
      <datalist id={`${id}-names`}>
        {[...new Set([...named.map(({ range }) => range.name), ...placeNames(model.frames.vmas)])]
          .slice(0, 200)
          .map((name) => (
            <option key={name} value={name} />
          ))}
      </datalist>
      <button type="submit" className="button button--primary">
        Go
      </button>
      <button type="button" className="button button--quiet" onClick={close}>
        Close
      </button>
      {refusal && (
        <div className="jump__refusal">
          <span id={`${id}-refusal`} role="alert">
            {refusal.message}
          </span>
          {refusal.nearest !== null && (
            <button type="button" className="button" onClick={() => go(refusal.nearest ?? 0)}>
              Go to {formatPage(refusal.nearest)}
            </button>
          )}
        </div>
      )}
    </form>
  );
}
