using FramedSockets.Linux;
using Microsoft.Win32.SafeHandles;

namespace FramedSockets.Tests.Linux;

public sealed class EventSlotsTests : IDisposable
{
    private readonly SafeFileHandle _descriptor = new(-1, ownsHandle: false);
    private readonly EventSlots _slots = new();

    public void Dispose() => _descriptor.Dispose();

    [Fact]
    public void A_late_event_of_a_closed_descriptor_finds_nobody_though_its_slot_has_a_new_owner()
    {
        var (old, young) = (new EventWaiter(), new EventWaiter());
        var stale = Add(old);
        Assert.Same(old, _slots.Find(stale));
        _slots.Remove(stale);
        Assert.Null(_slots.Find(stale));
        var token = Add(young);
        Assert.Equal((uint)stale, (uint)token);
        Assert.Null(_slots.Find(stale));
        Assert.Same(young, _slots.Find(token));
        _slots.Remove(stale);
        Assert.False(_slots.TryUpdate(stale, EpollEvents.Output));
        Assert.Same(young, _slots.Find(token));
        Assert.Equal(1, _slots.Count);
    }

    [Fact]
    public void No_token_is_that_of_the_wake_up()
    {
        Assert.NotEqual(0UL, Add(new()));
        Assert.Null(_slots.Find(0));
        _slots.Remove(0);
        Assert.Equal(1, _slots.Count);
    }

    [Fact]
    public void It_grows_and_shows_what_is_watched()
    {
        var waiters = Enumerable.Range(0, 1000).Select(_ => new EventWaiter()).ToArray();
        var tokens = waiters.Select(Add).ToArray();
        Assert.Equal(waiters, tokens.Select(_slots.Find));
        foreach (var token in tokens.Where((_, i) => i % 2 == 0))
        {
            _slots.Remove(token);
        }

        Assert.True(_slots.TryUpdate(tokens[1], EpollEvents.Output));
        var shown = new List<(EpollEvents Events, ulong Token)>();
        _slots.ForEach((descriptor, events, token) => shown.Add((events, token)));
        Assert.Equal(tokens.Where((_, i) => i % 2 != 0), shown.Select(one => one.Token));
        Assert.Equal(EpollEvents.Output, shown[0].Events);
        Assert.Equal(EpollEvents.Input, shown[1].Events);
    }

    private ulong Add(EventWaiter waiter) => _slots.Add(waiter, _descriptor, EpollEvents.Input);
}
