// One request at a time, and after it the newest: what is asked in between is not worth an answer any more.

/** Runs jobs one after the other; a job that waits is replaced by a newer one. */
export class Latest {
    private running = false;
    private waiting: (() => Promise<void>) | null = null;

    constructor(private readonly failed: (error: unknown) => void) {}

    submit(job: () => Promise<void>): void {
        this.waiting = job;
        if (!this.running) void this.run();
    }

    private async run(): Promise<void> {
        this.running = true;
        while (this.waiting !== null) {
            const job = this.waiting;
            this.waiting = null;
            try {
                await job();
            } catch (error) {
                this.failed(error);
            }
        }
        this.running = false;
    }
}
