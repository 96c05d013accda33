using System.Net;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tests.Tcp;

/// <summary>What the log says of a codec that throws, and that a peer cannot fill it with that.</summary>
public sealed class CodecFailureTests : CleanedUp
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new();
    private readonly MemoryTransport _network = new();
    private readonly RecordingLog _log = new();
    private readonly TcpFrameServer<int> _server;

    public CodecFailureTests() => _server = new(_codec, Loopback.Echo, new()
    {
        Transport = _network,
        Connection = new() { TimeProvider = _clock },
        Deadlines = FrameDeadlines.None,
        LoggerFactory = _log,
    });

    public override async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().Soon();
        _log.Dispose();
    }

    [Fact]
    public async Task It_is_said_once_a_minute_where_it_threw()
    {
        await _server.StartAsync().Soon();
        for (var i = 0; i < 10; i++)
        {
            await EndAsync(_codec.Frame(TagCodec.Bug, []));
        }

        var first = Assert.Single(_log.Of("CodecFailed"));
        Assert.Equal([first], _log.At(LogLevel.Error));
        Assert.StartsWith("The codec failed on 1 connections", first);
        Assert.Contains("System.NullReferenceException", first);
        Assert.Contains("TagCodec.ThrowInDecode(", first);

        _clock.Advance(TimeSpan.FromMinutes(1));
        await EndAsync(_codec.Frame(TagCodec.Bug, []));
        Assert.StartsWith("The codec failed on 10 connections", _log.Of("CodecFailed")[1]);
        Assert.Equal(11, _log.Of("Failed").Count);
    }

    [Fact]
    public async Task Its_message_may_quote_the_peer_and_is_not_said()
    {
        await _server.StartAsync().Soon();
        await EndAsync(_codec.Frame(TagCodec.Bug, []));
        Assert.DoesNotContain("A bug of the codec", Assert.Single(_log.Of("CodecFailed")));
    }

    [Fact]
    public async Task Bytes_that_are_refused_are_no_failure_of_the_codec()
    {
        await _server.StartAsync().Soon();
        await EndAsync(_codec.Frame(1, [], declared: -5));
        Assert.Contains("MalformedHeader", Assert.Single(_log.Of("Failed")));
        Assert.Empty(_log.At(LogLevel.Error));
    }

    [Fact]
    public async Task A_client_says_it_too()
    {
        await using var listener = await _network.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        var client = new TcpFrameClient<int>(
            _codec, new() { Transport = _network, LoggerFactory = _log, Reconnect = new() { MaxAttempts = 1 } });
        var run = client.RunAsync(listener.EndPoint, async connection => _ = await connection.WaitToReadAsync()).Soon();
        await using var peer = (await listener.AcceptAsync().Soon())!;
        _ = await peer.Output.WriteAsync(_codec.Frame(TagCodec.Bug, [])).Soon();
        _ = await run.Fails(FramedSocketError.MalformedHeader);
        Assert.Contains("TagCodec.ThrowInDecode(", Assert.Single(_log.Of("CodecFailed")));
    }

    /// <summary>Sends bytes and waits until the server has said how that ended.</summary>
    private async Task EndAsync(byte[] bytes)
    {
        await using (var peer = await _network.ConnectAsync(_server.LocalEndPoint!).Soon())
        {
            _ = await peer.Output.WriteAsync(bytes).Soon();
            Assert.True((await peer.Input.ReadAsync().Soon()).IsCompleted);
        }

        await Timeouts.Until(() => _server.ConnectionCount == 0);
    }
}
