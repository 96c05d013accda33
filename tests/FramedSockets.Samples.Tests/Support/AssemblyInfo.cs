// The tests start processes and measure the heap of this one: one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
