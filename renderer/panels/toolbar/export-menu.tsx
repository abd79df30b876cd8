import { Download } from 'lucide-react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useActions } from '../../actions/context.ts';

/** Every export of the registry. */
export function ExportMenu() {
  return (
    <MenuTrigger>
      <Button className="button button--quiet button--icon" aria-label="Export">
        <Download className="icon" aria-hidden />
      </Button>
      <Popover className="popover" offset={6} placement="bottom end">
        <Exports />
      </Popover>
    </MenuTrigger>
  );
}

/** Created each time the menu opens, so it knows what can be exported then. */
function Exports() {
  const registry = useActions();
  const exports = registry.actions.filter(({ group }) => group === 'Export');
  return (
    <Menu
      className="menu"
      aria-label="Export"
      disabledKeys={exports.filter((action) => !registry.isAvailable(action)).map(({ id }) => id)}
      onAction={(id) => registry.run(String(id))}
    >
      {exports.map(({ id, title }) => (
        <MenuItem key={id} id={id} className="menu__item" textValue={title}>
          {title}
        </MenuItem>
      ))}
    </Menu>
  );
}
