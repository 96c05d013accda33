using FramedSockets.Faults.Support;

// The cases measure memory, time and descriptors: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: BuffersReturned]
