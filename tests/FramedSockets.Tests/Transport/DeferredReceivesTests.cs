using FramedSockets.Tests.Support;
using FramedSockets.Transport;

namespace FramedSockets.Tests.Transport;

/// <summary>Receives that wait for their turn on the thread pool.</summary>
public sealed class DeferredReceivesTests
{
    [Fact]
    public async Task Each_begins_once_whoever_comes_when()
    {
        const int Each = 10_000;
        var begun = new int[2 * Each];
        var left = begun.Length;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(half => Task.Run(() =>
        {
            for (var i = half * Each; i < (half + 1) * Each; i++)
            {
                var own = i;
                DeferredReceives.Add(new Receive(() =>
                {
                    _ = Interlocked.Increment(ref begun[own]);
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        all.SetResult();
                    }
                }));
            }
        }))).Soon();
        await all.Task.Soon();
        Assert.All(begun, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task One_that_blocks_holds_no_other()
    {
        using var release = new ManualResetEventSlim();
        for (var round = 0; round < 50; round++)
        {
            release.Reset();
            var others = new CountdownEvent(3);
            var blocked = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            DeferredReceives.Add(new Receive(() => blocked.SetResult(release.Wait(TimeSpan.FromSeconds(30)))));
            for (var i = 0; i < others.InitialCount; i++)
            {
                DeferredReceives.Add(new Receive(() =>
                {
                    if (others.Signal())
                    {
                        release.Set();
                    }
                }));
            }

            Assert.True(await blocked.Task.Soon());
            others.Dispose();
        }
    }

    private sealed class Receive(Action begin) : IDeferredReceive
    {
        public void Begin(bool isAlone) => begin();
    }
}
