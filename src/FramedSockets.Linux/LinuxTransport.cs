using System.Net;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace FramedSockets.Linux;

/// <summary>
/// A transport for Linux (x64 and arm64): TCP over IPv4 and IPv6 and Unix domain sockets through event loops of its own, behind
/// the same servers, clients and connections. Thread-safe; one instance may serve any number of them, which then share its loops.
/// </summary>
/// <remarks>Nothing needs to be disposed: a loop's thread ends soon after its last listener and connection.</remarks>
public sealed class LinuxTransport : IFrameTransport
{
    private readonly LinuxTransportOptions _options;
    private readonly SystemCalls _calls;
    private readonly EventLoops _loops;
    private readonly LinuxConnector _connector;

    /// <summary>Creates a transport.</summary>
    /// <param name="options">The options; <see cref="LinuxTransportOptions.Default"/> when <see langword="null"/>.</param>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x64 or arm64: see <see cref="IsSupported"/>.</exception>
    [SupportedOSPlatform("linux")]
    public LinuxTransport(LinuxTransportOptions? options = null)
        : this(options, new())
    {
    }

    internal LinuxTransport(LinuxTransportOptions? options, SystemCalls calls)
    {
        if (!IsSupported)
        {
            throw new PlatformNotSupportedException("This transport needs Linux on x64 or arm64; SocketTransport runs everywhere.");
        }

        _options = options ?? LinuxTransportOptions.Default;
        _calls = calls;
        _loops = new(calls, _options);
        _connector = new(calls, _loops, _options);
    }

    /// <summary>Whether this process runs on Linux, on x64 or arm64.</summary>
    [SupportedOSPlatformGuard("linux")]
    public static bool IsSupported => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>
    /// The handlers that have held an event loop longer than <see cref="LinuxTransportOptions.HandlerLimit"/>, with
    /// <see cref="LinuxScheduling.Inline"/>; each is counted once.
    /// </summary>
    public long LateHandlers => _loops.LateHandlers;

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        cancellationToken.ThrowIfCancellationRequested();
        return new(new LinuxListener(endPoint, _calls, _loops, _options));
    }

    /// <inheritdoc/>
    public async ValueTask<ITransportConnection> ConnectAsync(EndPoint endPoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return await _connector.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
    }
}
