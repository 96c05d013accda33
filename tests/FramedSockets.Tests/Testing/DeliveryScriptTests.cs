using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Testing;

/// <summary>Whatever a network does to the bytes, the frames are the same; and the same seed does the same again.</summary>
public sealed class DeliveryScriptTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new();

    [Fact]
    public async Task Pieces_are_as_short_as_they_are_to_be_and_the_same_with_the_same_seed()
    {
        var first = await Pieces(new(3) { MaxPieceLength = 10 });
        Assert.Equal(1000, first.Sum());
        Assert.Equal(1, first.Min());
        Assert.Equal(10, first.Max());
        Assert.Equal(first, await Pieces(new(3) { MaxPieceLength = 10 }));
        Assert.NotEqual(first, await Pieces(new(4) { MaxPieceLength = 10 }));
        Assert.All(await Pieces(new(4) { MaxPieceLength = 1 }), length => Assert.Equal(1, length));
    }

    [Fact]
    public Task Frames_arrive_whole_through_any_pieces() => Seeds.RunAsync(0, 50, async seed =>
    {
        var pool = CheckedPool.Create();
        var (near, far) = MemoryConnection.CreatePair(new() { Pool = pool, Script = new(seed) { MaxPieceLength = 1 + (seed % 40) } });
        await using (var here = new FrameConnection<int>(near, _codec, new() { Pool = pool }))
        await using (var there = new FrameConnection<int>(far, _codec, new() { Pool = pool }))
        {
            for (var tag = 0; tag < 20; tag++)
            {
                await here.SendAsync(tag, Frames.Body(tag * 13, tag)).Soon();
            }

            await here.CompleteOutputAsync().Soon();
            for (var tag = 0; tag < 20; tag++)
            {
                var frame = await there.ReadAsync().Soon();
                Assert.Equal(tag, frame.Header);
                Assert.Equal(tag * 13, frame.BodyLength);
            }

            Assert.False(await there.WaitToReadAsync().Soon());
        }

        await pool.EnsureAllReturnedAsync();
    });

    [Fact]
    public async Task Delays_are_the_clock_s()
    {
        var (near, far) = MemoryConnection.CreatePair(
            new() { Pool = CheckedPool.Create(), TimeProvider = _clock, Script = new(1) { MaxPieceLength = 100, MaxDelay = TimeSpan.FromSeconds(10) } });
        _ = await near.Output.WriteAsync(new byte[1000]).Soon();
        Assert.False(far.Input.TryRead(out _));
        var arrived = new HashSet<long>();
        for (var second = 0; second < 1000 && far.ReceivedLength < 1000; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            _ = arrived.Add(far.ReceivedLength!.Value);
        }

        Assert.Equal(1000, far.ReceivedLength);
        Assert.InRange(arrived.Count, 5, 1000);
    }

    [Fact]
    public Task A_cut_connection_ends_for_both_sides_with_the_seed_in_its_message() => Seeds.RunAsync(100, 50, async seed =>
    {
        var pool = CheckedPool.Create();
        var (near, far) = MemoryConnection.CreatePair(new() { Pool = pool, Script = new(seed) { CutWithin = 500 } });
        var connection = new FrameConnection<int>(far, _codec, new() { Pool = pool });
        var failure = await Assert.ThrowsAsync<FramedSocketException>(async () =>
        {
            while (true)
            {
                _ = await near.Output.WriteAsync(_codec.Frame(1, Frames.Body(30))).Soon();
            }
        });
        Assert.Equal(FramedSocketError.ConnectionReset, failure.Error);
        Assert.Contains($"seed {seed}", failure.Message);

        var frames = 0;
        failure = await Assert.ThrowsAsync<FramedSocketException>(async () =>
        {
            for (; await connection.WaitToReadAsync().Soon(); frames++)
            {
                Assert.True(connection.TryRead(out var frame));
                Assert.Equal(30, frame.BodyLength);
            }
        });
        var isBorder = near.Output.TakenLength % 38 == 0;
        Assert.Equal(near.Output.TakenLength / 38, frames);
        Assert.Equal(isBorder ? FramedSocketError.ConnectionReset : FramedSocketError.TruncatedFrame, failure.Error);
        Assert.InRange(near.Output.TakenLength, 1, 500);
        await connection.DisposeAsync().Soon();
    });

    [Fact]
    public void Values_are_checked_where_they_are_set()
    {
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new DeliveryScript(1) { MaxPieceLength = 0 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new DeliveryScript(1) { MaxDelay = TimeSpan.FromSeconds(-1) });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new DeliveryScript(1) { MaxDelay = Timeout.InfiniteTimeSpan });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new DeliveryScript(1) { CutWithin = 0 });
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryConnectionOptions { Capacity = 0 });
        _ = Assert.Throws<ArgumentNullException>(() => new MemoryConnectionOptions { Pool = null! });
        _ = Assert.Throws<ArgumentNullException>(() => new MemoryConnectionOptions { Scheduler = null! });
        _ = Assert.Throws<ArgumentNullException>(() => new MemoryConnectionOptions { TimeProvider = null! });
    }

    private static async Task<List<int>> Pieces(DeliveryScript script)
    {
        var (near, far) = MemoryConnection.CreatePair(new() { Pool = CheckedPool.Create(), Script = script });
        _ = await near.Output.WriteAsync(new byte[1000]).Soon();
        var pieces = new List<int>();
        while (far.Input.TryRead(out var result))
        {
            pieces.Add((int)result.Buffer.Length);
            far.Input.AdvanceTo(result.Buffer.End);
        }

        return pieces;
    }
}
