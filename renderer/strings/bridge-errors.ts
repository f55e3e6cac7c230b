import { language } from './language.ts';

/** Where a name or a number stands in a sentence; it goes over as it is. */
const PLACE = '*';

/** German for what the app behind the page says of its own accord, by the English sentence. Engines speak for themselves. */
export const GERMAN: Readonly<Record<string, string>> = {
  'This engine was not started by the app, so the app does not stop it.':
    'Diese Engine hat nicht die App gestartet, also beendet die App sie nicht.',
  'Only the app’s own engine can be examined from here.': 'Von hier aus lässt sich nur die Engine der App untersuchen.',
  'There is no folder *.': 'Den Ordner * gibt es nicht.',
  'The name of a Dockerfile has “Dockerfile” or “Containerfile” in it.':
    'Im Namen eines Dockerfiles steht „Dockerfile“ oder „Containerfile“.',
  '* is no Dockerfile.': '* ist kein Dockerfile.',
  '* cannot be read.': '* lässt sich nicht lesen.',
  '* cannot be written.': '* lässt sich nicht schreiben.',
  'The folder cannot be read.': 'Der Ordner lässt sich nicht lesen.',
  'The build is running: cancel it first.': 'Der Build läuft: Brich ihn zuerst ab.',
  'This engine does not check Dockerfiles.': 'Diese Engine prüft keine Dockerfiles.',
  'This engine does not take builds over.': 'Diese Engine übernimmt keine Builds.',
  'There is no such build.': 'Diesen Build gibt es nicht.',
  'There is no Compose file at *.': 'Unter * gibt es keine Compose-Datei.',
  'A Compose file ends in .yaml or .yml.': 'Eine Compose-Datei endet auf .yaml oder .yml.',
  'There is no file *.': 'Die Datei * gibt es nicht.',
  'This is no Compose file.': 'Das ist keine Compose-Datei.',
  'This is not a regular expression.': 'Das ist kein regulärer Ausdruck.',
  'The expression takes too long for this log.': 'Der Ausdruck braucht für dieses Log zu lange.',
  'Repetitions within repetitions, as in (a+)+, are what takes so long.':
    'Was so lange braucht, sind Wiederholungen in Wiederholungen wie in (a+)+.',
  'An alert needs a text, an expression or a level.': 'Ein Alarm braucht einen Text, einen Ausdruck oder eine Stufe.',
  'There is a Compose file in * already.': 'In * gibt es schon eine Compose-Datei.',
  'There can be no folder *.': 'Einen Ordner * kann es nicht geben.',
  'There is no such backup.': 'Diese Sicherung gibt es nicht.',
  'No backups of “*” are planned.': 'Für „*“ sind keine Sicherungen geplant.',
  'Stop or remove what uses it first.': 'Stoppe oder entferne zuerst, was es benutzt.',
  'Log in to the registry under “Registries”.': 'Melde dich unter „Registries“ bei der Registry an.',
  'The engine sent an answer that is not JSON.': 'Die Engine hat eine Antwort gesendet, die kein JSON ist.',
  'The disk is full.': 'Die Platte ist voll.',
  'Make room: “Disk usage” shows what takes it, and cleans up.':
    'Schaffe Platz: „Speicherplatz“ zeigt, was ihn braucht, und räumt auf.',
  'Port * is in use already.': 'Port * ist schon belegt.',
  'Stop what listens there, or publish another port of this computer.':
    'Beende, was dort lauscht, oder veröffentliche einen anderen Port dieses Rechners.',
  'The image has no program “*”.': 'Das Image hat kein Programm „*“.',
  'Check the command; a program outside the image’s PATH needs its whole path.':
    'Prüfe den Befehl; ein Programm außerhalb des PATH des Images braucht seinen ganzen Pfad.',
  '“*” in the image cannot be executed.': '„*“ im Image lässt sich nicht ausführen.',
  'It has to be a file with the permission to execute it.': 'Es muss eine Datei mit der Erlaubnis zum Ausführen sein.',
  '“*” is no program of this kind of machine.': '„*“ ist kein Programm für diese Art von Rechner.',
  'It is made for another platform, or a script whose first line names no shell.':
    'Es ist für eine andere Plattform gemacht, oder ein Skript, dessen erste Zeile keine Shell nennt.',
  'The image has no user “*”.': 'Das Image hat keinen Benutzer „*“.',
  'Give a number, or a name that stands in the image’s /etc/passwd.':
    'Gib eine Nummer an, oder einen Namen, der im Image in /etc/passwd steht.',
  'The image has no group “*”.': 'Das Image hat keine Gruppe „*“.',
  'Give a number, or a name that stands in the image’s /etc/group.':
    'Gib eine Nummer an, oder einen Namen, der im Image in /etc/group steht.',
  'There is a container “*” already.': 'Einen Container „*“ gibt es schon.',
  'Choose another name, or remove or rename that one first.':
    'Wähle einen anderen Namen, oder entferne ihn oder benenne ihn um.',
  'There is no * on the engine’s machine.': '* gibt es auf dem Rechner der Engine nicht.',
  'Only what is there can be mounted; make the folder first.':
    'Einhängen lässt sich nur, was da ist; lege den Ordner zuerst an.',
  'There is a network “*” already.': 'Ein Netz „*“ gibt es schon.',
  'Choose another name.': 'Wähle einen anderen Namen.',
  'Containers are on the network “*”.': 'Am Netz „*“ sind Container.',
  'Disconnect or remove them first.': 'Trenne oder entferne sie zuerst.',
  'Another network has these addresses already.': 'Ein anderes Netz hat diese Adressen schon.',
  'Choose another subnet, or leave it empty to get a free one.':
    'Wähle ein anderes Subnetz, oder lass es leer, dann wird ein freies gewählt.',
  'A container was made from this image.': 'Aus diesem Image wurde ein Container gemacht.',
  'Remove the container first.': 'Entferne zuerst den Container.',
  'This engine lets no container have *.': 'Diese Engine erlaubt keinem Container: *.',
  'It isolates its containers strictly: Engine, Settings, unless the administrator of its machine has set it.':
    'Sie schottet ihre Container streng ab: Engine, Einstellungen, sofern es nicht die Verwaltung ihres Rechners festgelegt hat.',
  'The app does not know how it was started.': 'Die App weiß nicht, wie sie gestartet wurde.',
  'Cancelled.': 'Abgebrochen.',
  'Another engine was chosen.': 'Es wurde eine andere Engine gewählt.',
  'The engine is not running.': 'Die Engine läuft nicht.',
  'Start it, or wait: this page connects again by itself.':
    'Starte sie, oder warte: Diese Seite verbindet sich von selbst wieder.',
  'You may not use this engine’s socket.': 'Du darfst den Socket dieser Engine nicht benutzen.',
  'Run the app as the user who started the engine.': 'Starte die App als der Benutzer, der die Engine gestartet hat.',
  'The engine closed the connection.': 'Die Engine hat die Verbindung beendet.',
  'No engine answers at *.': 'Unter * antwortet keine Engine.',
  'The app goes on with the engine it had.': 'Die App macht mit der Engine weiter, die sie hatte.',
  'There is an engine “*” already.': 'Eine Engine „*“ gibt es schon.',
  'This engine is shown right now; choose another first.':
    'Diese Engine wird gerade gezeigt; wähle zuerst eine andere.',
  'There is no engine “*”.': 'Eine Engine „*“ gibt es nicht.',
  'Only the app’s own engine can be reset from here.': 'Von hier aus lässt sich nur die Engine der App zurücksetzen.',
  'This is the engine that is shown already.': 'Das ist die Engine, die schon gezeigt wird.',
  'This is not a file.': 'Das ist keine Datei.',
  'There is no such file.': 'Diese Datei gibt es nicht.',
  'A link has no permissions of its own; it leads to *.': 'Ein Link hat keine eigenen Rechte; er führt zu *.',
  'The root cannot be removed.': 'Die Wurzel lässt sich nicht entfernen.',
  'This path is not there any more.': 'Diesen Pfad gibt es nicht mehr.',
  'The engine sent an archive that holds no image.': 'Die Engine hat ein Archiv gesendet, in dem kein Image ist.',
  'The registry has no “*” for everybody.': 'Die Registry hat kein „*“ für jeden.',
  'The registry refused: *': 'Die Registry hat abgelehnt: *',
  'Check the name, or log in to the registry under “Registries”.':
    'Prüfe den Namen, oder melde dich unter „Registries“ bei der Registry an.',
  'This work goes on already.': 'Diese Arbeit läuft schon.',
  'This work has ended.': 'Diese Arbeit ist zu Ende.',
  'There is no such image: *': 'Dieses Image gibt es nicht: *',
  'Check the name and the tag.': 'Prüfe den Namen und das Tag.',
  'The registry cannot be reached.': 'Die Registry ist nicht zu erreichen.',
  'The registry at * cannot be reached.': 'Die Registry unter * ist nicht zu erreichen.',
  'Check the name and the network, then try again.': 'Prüfe den Namen und das Netz, dann versuche es noch einmal.',
  'Check the network and try again.': 'Prüfe das Netz und versuche es noch einmal.',
  'The registry does not accept this name and password.':
    'Die Registry nimmt diesen Namen und dieses Passwort nicht an.',
  'This engine cannot list what a registry has.': 'Diese Engine kann nicht zeigen, was eine Registry hat.',
  'This registry does not tell which repositories it has.': 'Diese Registry sagt nicht, welche Repositorys sie hat.',
  'Type the name of one to see its tags.': 'Gib den Namen von einem ein, um seine Tags zu sehen.',
  'The registry has no such repository.': 'Dieses Repository hat die Registry nicht.',
  'Check the name.': 'Prüfe den Namen.',
  'Where two factors are on, an access token takes the place of the password.':
    'Wo zwei Faktoren eingeschaltet sind, tritt ein Zugriffstoken an die Stelle des Passworts.',
  'Files can only be removed while the container runs.':
    'Dateien lassen sich nur entfernen, während der Container läuft.',
  'Start it first.': 'Starte ihn zuerst.',
  'This container has no “rm”.': 'In diesem Container gibt es kein „rm“.',
  'No image here has an “rm” to remove it with.': 'In keinem Image hier gibt es ein „rm“, das sie entfernen könnte.',
  'Pull busybox, or remove it from a container that uses the volume.':
    'Hole busybox, oder entferne sie in einem Container, der das Volume benutzt.',
  '“*” is not a size.': '„*“ ist keine Größe.',
  '“*” is not a whole number.': '„*“ ist keine ganze Zahl.',
  '“*” is not a duration.': '„*“ ist keine Dauer.',
  'There is no flag --*.': 'Eine Option --* gibt es nicht.',
  'A terminal of the desktop opens only on an engine of this machine.':
    'Ein Terminal des Desktops öffnet sich nur für eine Engine dieses Rechners.',
  'The app was started without a desktop, so it can open no terminal there.':
    'Die App wurde ohne Desktop gestartet, also kann sie dort kein Terminal öffnen.',
  'No terminal of the desktop was found.': 'Es wurde kein Terminal des Desktops gefunden.',
  'Install one, or say in the settings how yours is started.':
    'Installiere eines, oder gib in den Einstellungen an, wie deines gestartet wird.',
  'Neither “berth” nor “docker” is on the app’s search path.': 'Weder „berth“ noch „docker“ liegt im Suchpfad der App.',
  'The terminal “*” cannot be started.': 'Das Terminal „*“ lässt sich nicht starten.',
  'Choose another in the settings.': 'Wähle in den Einstellungen ein anderes.',
  'The terminal “*” ended at once.': 'Das Terminal „*“ war gleich wieder zu Ende.',
  'This does not say how a terminal is started.': 'So lässt sich kein Terminal starten.',
  'For example: tilix -e {command}': 'Zum Beispiel: tilix -e {command}',
  'A debug shell joins a running container.': 'Eine Debug-Shell gesellt sich zu einem laufenden Container.',
  'Start it first. Its files can be seen without.': 'Starte ihn zuerst. Seine Dateien sind auch so zu sehen.',
  'The image “*” is not here.': 'Das Image „*“ ist nicht hier.',
  'Pull it first.': 'Hole es zuerst.',
  'This terminal session has ended.': 'Diese Terminalsitzung ist zu Ende.',
  'Too many terminals are open.': 'Es sind zu viele Terminals offen.',
  'Close some of them.': 'Schließe einige davon.',
  'A host shell needs the node-pty module, which is not built here.':
    'Eine Shell des Rechners braucht das Modul node-pty, das hier nicht gebaut ist.',
  'Install a C++ compiler and run “npm rebuild node-pty”.':
    'Installiere einen C++-Compiler und führe „npm rebuild node-pty“ aus.',
  'There is no volume “*”.': 'Ein Volume „*“ gibt es nicht.',
  'There is a volume “*” already.': 'Ein Volume „*“ gibt es schon.',
  'The file is empty.': 'Die Datei ist leer.',
  'Too many requests are open at once.': 'Es sind zu viele Anfragen auf einmal offen.',
  'The page asked for something the app does not know.': 'Die Seite hat nach etwas gefragt, das die App nicht kennt.',
  'Reload the page.': 'Lade die Seite neu.',
  'The value of “*” is not valid.': 'Der Wert von „*“ ist nicht gültig.',
  'The request id is in use.': 'Die Nummer der Anfrage ist vergeben.',
};

/** Says a sentence in another language, as far as the table has it; the longest sentence that fits counts. */
export function translator(table: Readonly<Record<string, string>>): (sentence: string) => string {
  const patterns = Object.entries(table)
    .filter(([from]) => from.includes(PLACE))
    .sort(([a], [b]) => b.length - a.length)
    .map(([from, to]) => {
      const parts = from.split(PLACE).map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
      return { pattern: new RegExp(`^${parts.join('(.+)')}$`, 's'), to };
    });
  return (sentence) => {
    if (Object.hasOwn(table, sentence)) return table[sentence] ?? sentence;
    for (const { pattern, to } of patterns) {
      const name = pattern.exec(sentence)?.[1];
      // A function, so that a dollar sign of the name is one.
      if (name !== undefined) return to.replace(PLACE, () => name);
    }
    return sentence;
  };
}

/** A sentence of the app behind the page in the language of the page. */
export const inLanguage: (sentence: string) => string = language === 'de' ? translator(GERMAN) : (sentence) => sentence;
