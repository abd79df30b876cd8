import { X } from 'lucide-react';
import { Dialog, Heading } from 'react-aria-components';
import { Overlay } from '../../ui/overlay.tsx';
import { ACTION_GROUPS } from '../../actions/action.ts';
import { useActions } from '../../actions/context.ts';
import { IconButton } from '../../ui/button.tsx';
import { KeyCaps } from './key-caps.tsx';
import './palette.css';

interface Line {
  readonly title: string;
  readonly keys: readonly string[];
}

/** Every key, by category. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const { actions, hints } = useActions();
  const groups: { readonly name: string; readonly lines: readonly Line[] }[] = ACTION_GROUPS.map((name) => ({
    name,
    lines: actions.flatMap(({ group, title, keys = [] }) =>
      group === name && keys.length > 0 ? [{ title, keys }] : [],
    ),
  }));
  const places = [...new Set(hints.map(({ place }) => place))];
  for (const place of places) {
    groups.push({ name: `${place} (focused)`, lines: hints.filter((hint) => hint.place === place) });
  }
  return (
    <Overlay className="keyhelp" onClose={onClose}>
      <Dialog className="keyhelp__dialog">
        <header className="keyhelp__head">
          <Heading slot="title" level={2}>
            Keyboard shortcuts
          </Heading>
          <span className="faint">
            All commands: <KeyCaps keys="Ctrl+Shift+P" />
          </span>
          <IconButton label="Close" icon={X} onPress={onClose} />
        </header>
        <div
          className="keyhelp__groups"
          tabIndex={0}
          role="group"
          aria-label="Keyboard shortcuts by category"
        >
          {groups
            .filter(({ lines }) => lines.length > 0)
            .map(({ name, lines }) => (
              <section key={name} className="keyhelp__group">
                <h3>{name}</h3>
                <dl>
                  {lines.map(({ title, keys }) => (
                    <div key={title} className="keyhelp__line">
                      <dt>{title}</dt>
                      <dd>
                        {keys.map((key) => (
                          <KeyCaps key={key} keys={key} />
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
        </div>
      </Dialog>
    </Overlay>
  );
}
