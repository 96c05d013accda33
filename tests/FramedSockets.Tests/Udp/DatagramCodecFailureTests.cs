using System.Net.Sockets;
using FramedSockets.Tests.Support;
using FramedSockets.Udp;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Tests.Udp;

/// <summary>What the log says of a codec that throws at a datagram, and that a peer cannot fill it with that.</summary>
public sealed class DatagramCodecFailureTests : CleanedUp
{
    private readonly ManualTimeProvider _clock = new();
    private readonly TagCodec _codec = new(trailerLength: 1);
    private readonly RecordingLog _log = new();
    private readonly Socket _peer = Endpoints.RawSocket();
    private readonly UdpDatagramEndpoint<int> _endpoint;

    public DatagramCodecFailureTests() => _endpoint = UdpDatagramEndpoint.Bind(_codec, Endpoints.AnyPort, Endpoints.Offloaded);

    public override async ValueTask DisposeAsync()
    {
        await _endpoint.DisposeAsync();
        _peer.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task It_is_said_once_a_minute_where_it_threw(int receivers)
    {
        var run = _endpoint.RunAsync(_ => default, new() { Receivers = receivers, LoggerFactory = _log, TimeProvider = _clock });
        for (var i = 1; i <= 10; i++)
        {
            await SendAsync(_codec.Frame(TagCodec.Bug, []), i);
        }

        var first = Assert.Single(_log.Of("CodecFailed"));
        Assert.Equal([first], _log.At(LogLevel.Error));
        Assert.StartsWith($"The codec failed on 1 datagrams, the last of them from {_peer.LocalEndPoint}, where it threw System.NullReferenceException", first);
        Assert.Contains("TagCodec.ThrowInDecode(", first);
        Assert.DoesNotContain("A bug of the codec", first);

        _clock.Advance(TimeSpan.FromMinutes(1));
        await SendAsync(_codec.Frame(TagCodec.Bug, []), 11);
        Assert.StartsWith("The codec failed on 10 datagrams", _log.Of("CodecFailed")[1]);
        await EndAsync(run);
    }

    [Fact]
    public async Task It_is_said_of_a_trailer_too()
    {
        var run = _endpoint.RunAsync(_ => default, new() { LoggerFactory = _log });
        var frame = _codec.Frame(1, []);
        frame[^1] = TagCodec.TrailerBug;
        await SendAsync(frame, 1);
        Assert.Contains("TagCodec.ThrowInTrailer(", Assert.Single(_log.Of("CodecFailed")));
        await EndAsync(run);
    }

    [Fact]
    public async Task Bytes_that_are_refused_are_no_failure_of_the_codec()
    {
        var run = _endpoint.RunAsync(_ => default, new() { LoggerFactory = _log });
        var frame = _codec.Frame(1, []);
        frame[^1]++;
        await SendAsync(frame, 1);
        await SendAsync(_codec.Frame(1, [], declared: -5), 2);
        await SendAsync([1], 3);
        Assert.Empty(_log.At(LogLevel.Error));
        await EndAsync(run);
    }

    /// <summary>Sends bytes and waits until the endpoint has refused so many, which it counts when it has said why.</summary>
    private async Task SendAsync(byte[] bytes, int malformed)
    {
        _ = await _peer.SendToAsync(bytes, _endpoint.LocalEndPoint!);
        await Timeouts.Until(() => _endpoint.Counters.Malformed == malformed);
    }

    private async Task EndAsync(Task run)
    {
        await _endpoint.DisposeAsync();
        await run.Soon();
    }
}
