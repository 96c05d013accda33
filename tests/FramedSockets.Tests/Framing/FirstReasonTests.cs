using System.IO.Pipelines;
using FramedSockets.Framing;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Framing;

/// <summary>Whoever reads is told why the stream ends for everybody, also where reading fails for a reason of its own behind that.</summary>
public sealed class FirstReasonTests : CleanedUp
{
    private readonly TagCodec _codec = new();
    private readonly PoisoningPool _pool = new();
    private readonly Earlier _earlier = new();
    private readonly Pipe _pipe;
    private readonly FrameReader<int> _reader;

    public FirstReasonTests()
    {
        _pipe = new(DuplexPipe.Inline(pool: _pool.AsMemoryPool()));
        _reader = new(_pipe.Reader, _codec, new() { MaxBufferedBodyLength = 10 }, _pool, typeof(FirstReasonTests), _earlier);
    }

    public override async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync().Soon();
        await _pipe.Writer.CompleteAsync();
        await _pool.EnsureAllReturnedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wait_whose_read_fails_throws_the_first_reason(bool isPending)
    {
        var wait = isPending ? _reader.WaitToReadAsync().Soon() : null;
        await _pipe.Writer.CompleteAsync(new IOException("broken"));
        await AssertFirst(wait ?? _reader.WaitToReadAsync().Soon(), FramedSocketError.TransportFailed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task So_does_one_for_bytes_that_are_refused(bool areTaken)
    {
        await Send([.. _codec.Frame(1, "one"u8), .. _codec.Frame(TagCodec.Bug, "two"u8)]);
        Assert.Equal(1, (await _reader.ReadAsync().Soon()).Header);
        Assert.False(areTaken && _reader.TryRead(out _));
        await AssertFirst(_reader.WaitToReadAsync().Soon(), FramedSocketError.MalformedHeader);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task So_does_the_reader_of_a_body_and_whoever_waits_for_what_follows_it(bool isBroken)
    {
        await Send(_codec.Frame(1, "some of it"u8, declared: 100));
        var body = (await _reader.ReadAsync().Soon()).BodyReader;
        await _pipe.Writer.CompleteAsync(isBroken ? new IOException("broken") : null);
        await AssertFirst(body.ReadAsync().Soon(), isBroken ? FramedSocketError.TransportFailed : FramedSocketError.TruncatedFrame);
        Assert.Same(_earlier.Reason, await Assert.ThrowsAsync<FramedSocketException>(() => body.ReadAsync().Soon()));
    }

    private async Task AssertFirst(Task reading, FramedSocketError told)
    {
        Assert.Same(_earlier.Reason, await Assert.ThrowsAsync<FramedSocketException>(() => reading));
        Assert.Equal(told, _earlier.Told?.Error);
    }

    private async Task Send(byte[] bytes) => _ = await _pipe.Writer.WriteAsync(bytes).Soon();

    /// <summary>A stream that another direction has ended before.</summary>
    private sealed class Earlier : IFailureListener
    {
        public FramedSocketException Reason { get; } = new(FramedSocketError.ConnectionAborted, "The first reason.");

        public FramedSocketException? Told { get; private set; }

        public FramedSocketException Decide(FramedSocketException reason) => Reason;

        public FramedSocketException OnReadFailed(FramedSocketException reason)
        {
            Told ??= reason;
            return Reason;
        }

        public void OnWriteFailed(FramedSocketException reason)
        {
        }
    }
}
