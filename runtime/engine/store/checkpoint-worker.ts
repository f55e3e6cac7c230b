/** Worker thread that writes what is in the write-ahead log into the database, once: it waits for the disk, so that the engine's own thread need not. */
import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

const database = new DatabaseSync(String(workerData));
// Passive: it does what can be done beside writers, whom it never keeps waiting.
database.exec('PRAGMA wal_checkpoint(PASSIVE)');
database.close();
