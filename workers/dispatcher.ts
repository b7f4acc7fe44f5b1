/** A dispatcher process: takes batches from the queue, sends them and records the results. Run as many as needed. */
import { runDispatcher } from '../src/dispatch/run-dispatcher.ts'
import { runProcess } from '../src/process/lifecycle.ts'
import { createSender } from '../src/push/create-sender.ts'

await runProcess('dispatcher', (context) => runDispatcher(context, createSender))
