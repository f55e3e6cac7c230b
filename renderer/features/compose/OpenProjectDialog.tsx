import { navigate } from 'wouter/use-hash-location';
import { openComposePath } from '../../data/compose.ts';
import { closeDialog } from '../../data/dialogs.ts';
import { compose as texts } from '../../strings/compose.ts';
import { PromptDialog } from '../../ui/PromptDialog.tsx';
import { projectPath } from './path.ts';

/** Asks where a project is, and goes there. */
export default function OpenProjectDialog() {
  return (
    <PromptDialog
      title={texts.open}
      description={texts.openText}
      label={texts.path}
      hint={texts.pathHint}
      action={texts.open}
      problem={(value) => (value.startsWith('/') ? undefined : texts.pathRule)}
      onSubmit={async (value) => {
        const project = await openComposePath(value.trim().replace(/(.)\/+$/, '$1'));
        navigate(projectPath(project.name));
      }}
      onClose={closeDialog}
    />
  );
}
