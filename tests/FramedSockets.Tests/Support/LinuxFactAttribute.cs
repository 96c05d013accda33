using FramedSockets.Linux;

namespace FramedSockets.Tests.Support;

/// <summary>A test of the Linux transport, which says where it cannot run.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute : FactAttribute
{
    public const string Reason = "The Linux transport needs Linux on x64 or arm64.";

    public LinuxFactAttribute() => Skip = LinuxTransport.IsSupported ? null : Reason;
}
