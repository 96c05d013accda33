using FramedSockets.Linux;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>An edge is told once, so none may be lost between one who makes calls and the loop.</summary>
public sealed class ReadinessTests
{
    private Readiness _readiness;

    [Fact]
    public void An_edge_that_comes_during_the_call_ends_the_wait_before_it_begins()
    {
        _readiness.Clear();
        Assert.False(_readiness.Signal());
        Assert.False(_readiness.TryWait());
        Assert.True(_readiness.IsReady);
    }

    [Fact]
    public void An_edge_resumes_who_waits_once_and_the_next_is_remembered()
    {
        Assert.True(_readiness.TryWait());
        Assert.True(_readiness.Signal());
        Assert.False(_readiness.IsReady);
        Assert.False(_readiness.Signal());
        Assert.True(_readiness.IsReady);
        Assert.False(_readiness.TryTake());
    }

    [Fact]
    public void Who_is_taken_from_the_wait_finds_nothing_ready()
    {
        Assert.True(_readiness.TryWait());
        Assert.True(_readiness.TryTake());
        Assert.False(_readiness.TryTake());
        Assert.False(_readiness.IsReady);
        Assert.False(_readiness.Signal());
    }

    [Fact]
    public async Task Of_two_who_would_end_a_wait_one_does()
    {
        for (var i = 0; i < 2000; i++)
        {
            Assert.True(_readiness.TryWait());
            var taking = Task.Run(() => _readiness.TryTake());
            var isSignalled = _readiness.Signal();
            Assert.NotEqual(await taking.Soon(), isSignalled);
            _readiness.Clear();
        }
    }

    [Fact]
    public async Task No_edge_is_lost_between_two_threads()
    {
        const int Edges = 100_000;
        var produced = 0;
        using var resumed = new SemaphoreSlim(0);
        var producing = Task.Run(() =>
        {
            for (var i = 0; i < Edges; i++)
            {
                _ = Interlocked.Increment(ref produced);
                if (_readiness.Signal())
                {
                    _ = resumed.Release();
                }
            }
        });
        for (var consumed = 0; consumed < Edges;)
        {
            _readiness.Clear();
            var seen = Volatile.Read(ref produced);
            if (seen == consumed && _readiness.TryWait())
            {
                await resumed.WaitAsync().Soon();
            }

            consumed = seen;
        }

        await producing.Soon();
        Assert.Equal(Edges, produced);
    }
}
