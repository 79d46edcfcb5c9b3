/*
 * process.h - what the system says of this process.
 */
#ifndef SERVER_PROCESS_H
#define SERVER_PROCESS_H

/* Less than 0: the system does not tell. */
struct process {
	double cpu;	      /* seconds used, in user mode and in the kernel */
	double started;	      /* seconds since 1970 */
	double resident;      /* bytes of memory that are in use */
	double virtual_bytes; /* of address space */
	double open_fds, max_fds;
	double threads;
};

/**
 * process_read(p):
 * Fill in ${p} from /proc.  Allocates nothing; takes a descriptor or two for
 * a moment, and about a microsecond for each one that is open.
 */
void process_read(struct process *p);

#endif /* !SERVER_PROCESS_H */
