import { EngineError } from '../errors.ts';
import type { Digest } from '../store/digest.ts';
import type { ImageCatalog, ImageName, ImageRecord } from './catalog.ts';
import type { ImageUser } from './image-store.ts';
import { shortId } from './progress.ts';
import { familiarName, parseReference, repositoryOf, withDefaultTag } from './reference.ts';

/** One line of `docker rmi`. */
export type RemovalLine = { readonly Untagged: string } | { readonly Deleted: string };

/** What a removal does, in order, decided before anything is touched. */
export interface RemovalPlan {
  readonly image: ImageRecord;
  readonly untag: readonly ImageName[];
  readonly remove: boolean;
}

/** Whether all names are one tag and digests of the same repository. */
function isSingle(names: readonly ImageName[]): boolean {
  if (names.length <= 1) return true;
  if (names.filter(({ row }) => row.kind === 'tag').length > 1) return false;
  return new Set(names.map(({ row }) => row.repository)).size === 1;
}

/**
 * Decides what `docker rmi` of a name or id does, by Docker's rules: a name only untags while other names are left; an
 * image goes with its last name; an id removes an image with one name, and needs force with more. Throws `conflict` in
 * Docker's words.
 */
export function planRemoval(
  catalog: ImageCatalog,
  nameOrId: string,
  force: boolean,
  users: (id: Digest) => readonly ImageUser[],
): RemovalPlan {
  const { image, byId } = catalog.resolve(nameOrId);
  const names = catalog.namesOf(image.id);
  if (byId) {
    refuseParent(catalog, image);
    if (isSingle(names)) refuseInUse(image, users(image.id), force);
    else {
      refuseRunning(image, users(image.id));
      if (!force) throw conflict(image, false, 'image is referenced in multiple repositories');
      refuseInUse(image, users(image.id), force);
    }
    return { image, untag: names, remove: true };
  }
  const [user] = users(image.id);
  if (!force && isSingle(names) && user !== undefined) {
    const id = shortId(image.id);
    throw new EngineError(
      'conflict',
      `conflict: unable to remove repository reference "${nameOrId}" (must force) - container ${shortId(user.containerId)} is using its referenced image ${id}`,
    );
  }
  const { untag, left } = namesToDrop(catalog, names, nameOrId);
  const isParent = catalog.images().some(({ parent }) => parent === image.id);
  const isRunning = users(image.id).some(({ running }) => running);
  // Its last name is gone; what still needs it keeps the image itself, without a word.
  const remove = left === 0 && !isParent && !isRunning;
  return { image, untag, remove };
}

/** The name itself, and with the last tag of a repository the digests that it was known by there. */
function namesToDrop(
  catalog: ImageCatalog,
  names: readonly ImageName[],
  nameOrId: string,
): { untag: ImageName[]; left: number } {
  const reference = withDefaultTag(parseReference(nameOrId));
  const named = catalog.findName(reference);
  const untag = named === undefined ? [] : [named];
  const rest = names.filter((name) => name !== named);
  if (named?.row.kind === 'tag') {
    const repository = repositoryOf(reference);
    const here = rest.filter(({ row }) => row.repository === repository);
    if (here.every(({ row }) => row.kind === 'digest')) untag.push(...here);
  }
  return { untag, left: names.length - untag.length };
}

function refuseParent(catalog: ImageCatalog, image: ImageRecord): void {
  if (catalog.images().some(({ parent }) => parent === image.id))
    throw conflict(image, true, 'image has dependent child images');
}

function refuseRunning(image: ImageRecord, users: readonly ImageUser[]): void {
  const running = users.find((user) => user.running);
  if (running !== undefined)
    throw conflict(image, true, `image is being used by running container ${shortId(running.containerId)}`);
}

function refuseInUse(image: ImageRecord, users: readonly ImageUser[], force: boolean): void {
  refuseRunning(image, users);
  const [stopped] = users;
  if (!force && stopped !== undefined)
    throw conflict(image, false, `image is being used by stopped container ${shortId(stopped.containerId)}`);
}

function conflict(image: ImageRecord, isHard: boolean, why: string): EngineError {
  const force = isHard ? 'cannot be forced' : 'must be forced';
  return new EngineError('conflict', `conflict: unable to delete ${shortId(image.id)} (${force}) - ${why}`);
}

/** The `Untagged` lines of a plan. */
export function untaggedLines(plan: RemovalPlan): RemovalLine[] {
  return plan.untag.map(({ reference }) => ({ Untagged: familiarName(reference) }));
}
